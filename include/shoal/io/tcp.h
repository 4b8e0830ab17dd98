// Connections for coroutines: for protocols other than HTTP, on the worker's own loop.
//
//     auto out = co_await shoal::tcp::connect(shoal::tcp::address("127.0.0.1:6379"));
//     co_await out.write("PING\r\n");
//     std::string_view answer = co_await out.read();
//
// Plain TCP and Unix sockets; there is no TLS.
//
// Errors    network_error, out of the co_await
// Threads   a worker's: what is made in one of its turns is used and destroyed on that thread
// Lifetime  a coroutine may be destroyed while it waits, and a stream while the kernel is at work
//           on it: its memory stays until the kernel is through
#pragma once

#include <chrono>
#include <coroutine>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/coro/task.h"
#include "shoal/io/address.h"
#include "shoal/io/network_error.h"

namespace shoal {

namespace io {
class tcp_acceptor;
class tcp_link;
}  // namespace io

namespace tcp {

/// No time limit.
inline constexpr std::chrono::nanoseconds no_limit = std::chrono::nanoseconds::max();

/// co_await: the bytes.
class [[nodiscard]] reading final {
 public:
  reading(io::tcp_link* link, std::chrono::nanoseconds limit) noexcept
      : link_(link), limit_(limit) {}
  reading(const reading&) = delete;
  reading& operator=(const reading&) = delete;
  ~reading();
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> reader) noexcept;
  [[nodiscard]] std::string_view await_resume();

 private:
  io::tcp_link* link_;
  std::chrono::nanoseconds limit_;
  bool waits_ = false;
};

/// co_await: nothing.
class [[nodiscard]] writing final {
 public:
  writing(io::tcp_link* link, std::string_view bytes, std::chrono::nanoseconds limit) noexcept
      : link_(link), bytes_(bytes), limit_(limit) {}
  writing(const writing&) = delete;
  writing& operator=(const writing&) = delete;
  ~writing();
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> writer);
  void await_resume();

 private:
  io::tcp_link* link_;
  std::string_view bytes_;
  std::chrono::nanoseconds limit_;
  bool waits_ = false;
};

/// One connection. Reading and writing may go on at the same time, in two coroutines; one of each.
///
/// Lifetime  its end closes the connection, and cuts off what has not been written yet
/// Cost      one allocation when it is made; two buffers that grow to what is read or written at a
///           time (64 KiB at most for writes) and stay. While nobody reads, at most 8 KiB and what
///           the driver has in hand by then are taken from the peer
class stream final {
 public:
  /// No connection.
  stream() noexcept = default;
  explicit stream(io::tcp_link* link) noexcept : link_(link) {}
  stream(stream&& other) noexcept : link_(std::exchange(other.link_, nullptr)) {}
  stream& operator=(stream&& other) noexcept {
    if (this != &other) {
      close();
      link_ = std::exchange(other.link_, nullptr);
    }
    return *this;
  }
  ~stream() { close(); }

  explicit operator bool() const noexcept { return link_ != nullptr; }

  /// The next bytes, as many as have come; empty at the end. They stay until the next read. After
  /// the limit ETIMEDOUT, and nothing is lost: read again.
  [[nodiscard]] reading read(std::chrono::nanoseconds limit = no_limit) noexcept {
    return reading(link_, limit);
  }

  /// Complete when the kernel has taken all. After an error, the limit's too, or when its coroutine
  /// is destroyed meanwhile, an unknown part has left and nothing more can be written.
  [[nodiscard]] writing write(std::string_view bytes,
                              std::chrono::nanoseconds limit = no_limit) noexcept {
    return writing(link_, bytes, limit);
  }

  /// The peer meets the end; reading goes on. Not while a write is under way.
  void shutdown_send() noexcept;

  void close() noexcept;

  /// Gives away what lies behind it; for the library's own use.
  [[nodiscard]] io::tcp_link* release() noexcept { return std::exchange(link_, nullptr); }

 private:
  io::tcp_link* link_ = nullptr;
};

/// co_await: the stream.
class [[nodiscard]] connecting final {
 public:
  connecting(const address& to, std::chrono::nanoseconds limit) noexcept : to_(to), limit_(limit) {}
  connecting(const connecting&) = delete;
  connecting& operator=(const connecting&) = delete;
  ~connecting();
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  [[nodiscard]] bool await_suspend(std::coroutine_handle<> caller);
  [[nodiscard]] stream await_resume();

 private:
  address to_;
  std::chrono::nanoseconds limit_;
  io::tcp_link* link_ = nullptr;
  int error_ = 0;
};

inline constexpr std::chrono::seconds default_connect_limit{10};

[[nodiscard]] inline connecting connect(
    const address& to, std::chrono::nanoseconds limit = default_connect_limit) noexcept {
  return connecting(to, limit);
}

/// To "example.org:80" as well as to whatever an address can be. A name's addresses are tried one
/// after the other, in the order in which the system gives them (RFC 6724), each for its share of
/// the time that is left. What a name means is kept for 30 s on each worker; looking it up takes a
/// helper thread, so that the loop goes on.
[[nodiscard]] task<stream> connect(std::string where,
                                   std::chrono::nanoseconds limit = default_connect_limit);

/// co_await: the stream.
class [[nodiscard]] accepting final {
 public:
  explicit accepting(io::tcp_acceptor* from) noexcept : from_(from) {}
  accepting(const accepting&) = delete;
  accepting& operator=(const accepting&) = delete;
  ~accepting();
  [[nodiscard]] bool await_ready() const noexcept;
  void await_suspend(std::coroutine_handle<> caller) noexcept;
  [[nodiscard]] stream await_resume();

 private:
  io::tcp_acceptor* from_;
  bool waits_ = false;
};

/// Listens for connections, on the loop in whose turn it is made.
///
/// Lifetime  its end closes the socket and the connections that nobody has accepted; a Unix
///           socket's path stays in the file system
class listener final {
 public:
  /// Throws network_error (EADDRINUSE, EACCES, ...). Port 0 asks for one that is free.
  explicit listener(const address& where, int backlog = 511);
  listener(listener&& other) noexcept : acceptor_(std::exchange(other.acceptor_, nullptr)) {}
  listener& operator=(listener&& other) noexcept {
    if (this != &other) {
      close();
      acceptor_ = std::exchange(other.acceptor_, nullptr);
    }
    return *this;
  }
  ~listener() { close(); }

  /// Where it listens in fact.
  [[nodiscard]] const address& where() const noexcept;

  /// The next connection; one coroutine at a time. Throws what accept(2) answers: after EMFILE, let
  /// some time pass before the next try.
  [[nodiscard]] accepting accept() noexcept { return accepting(acceptor_); }

  void close() noexcept;

 private:
  io::tcp_acceptor* acceptor_ = nullptr;
};

}  // namespace tcp
}  // namespace shoal
