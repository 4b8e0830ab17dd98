#include "socket_world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"

namespace shoal::io::conformance {
namespace {

descriptor tcp_socket(int flags = 0) {
  descriptor s(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  SHOAL_CHECK(s.open());
  return s;
}

void set_option(int socket, int level, int name, int value) {
  SHOAL_CHECK(::setsockopt(socket, level, name, &value, sizeof value) == 0);
}

void set_buffers(int socket, std::size_t bytes) {
  // The kernel doubles what it is told, for its bookkeeping.
  set_option(socket, SOL_SOCKET, SO_SNDBUF, static_cast<int>(bytes / 2));
  set_option(socket, SOL_SOCKET, SO_RCVBUF, static_cast<int>(bytes / 2));
}

address name_of(int socket) {
  address a;
  a.size = sizeof a.bytes;
  SHOAL_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&a.bytes), &a.size) == 0);
  return a;
}

descriptor bound_socket(int flags = 0) {
  descriptor s = tcp_socket(flags);
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  SHOAL_CHECK(::bind(s.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0);
  return s;
}

descriptor listening_socket(int backlog, std::size_t buffer_bytes = 0) {
  descriptor s = bound_socket(SOCK_NONBLOCK);
  if (buffer_bytes != 0) set_buffers(s.get(), buffer_bytes);
  set_option(s.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  SHOAL_CHECK(::listen(s.get(), backlog) == 0);
  return s;
}

/// Few enough that a test can take them all.
void lower_descriptor_limit() {
  rlimit limit{};
  SHOAL_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, 4096);
  SHOAL_CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

/// Blocks until the handshake is done, which on the loopback interface happens within the call.
void connect_to(int socket, int listener) {
  const address to = name_of(listener);
  SHOAL_CHECK(::connect(socket, reinterpret_cast<const sockaddr*>(&to.bytes), to.size) == 0);
}

class socket_peer final : public peer {
 public:
  explicit socket_peer(descriptor socket) : socket_(std::move(socket)) {
    set_option(socket_.get(), IPPROTO_TCP, TCP_NODELAY, 1);
  }

  std::size_t send(std::string_view bytes) override {
    const ssize_t n =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return n > 0 ? static_cast<std::size_t>(n) : 0;
  }

  std::string receive(std::size_t most) override {
    std::string all;
    while (all.size() < most && !ended_) {
      char piece[16384];
      const std::size_t wanted = std::min(sizeof piece, most - all.size());
      const ssize_t n = ::recv(socket_.get(), piece, wanted, MSG_DONTWAIT);
      if (n > 0) {
        all.append(piece, static_cast<std::size_t>(n));
        continue;
      }
      if (n < 0 && errno == EAGAIN) break;
      ended_ = true;
      reset_ = n < 0;
    }
    return all;
  }

  [[nodiscard]] bool ended() const override { return ended_; }
  [[nodiscard]] bool was_reset() const override { return reset_; }
  void shutdown_send() override { ::shutdown(socket_.get(), SHUT_WR); }
  void close() override { socket_.reset(); }

  void reset() override {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    socket_.reset();
  }

 private:
  descriptor socket_;
  bool ended_ = false;
  bool reset_ = false;
};

class socket_world final : public world {
 public:
  explicit socket_world(std::unique_ptr<driver> io) : io_(std::move(io)) {
    lower_descriptor_limit();
  }

  driver& io() override { return *io_; }
  void close_driver() override { io_.reset(); }

  // The driver's ends are closed through the driver or never: a number that the world closed behind
  // a test's back could be another test's by then.
  int listen() override { return listening_socket(128).release(); }

  std::unique_ptr<peer> connect(int listener) override {
    descriptor s = tcp_socket();
    connect_to(s.get(), listener);
    return std::make_unique<socket_peer>(std::move(s));
  }

  connection connected(std::size_t buffer_bytes) override {
    const descriptor listener = listening_socket(1, buffer_bytes);
    descriptor far = tcp_socket();
    set_buffers(far.get(), buffer_bytes);
    connect_to(far.get(), listener.get());
    const int near = ::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    SHOAL_CHECK(near >= 0);
    return {near, std::make_unique<socket_peer>(std::move(far))};
  }

  int fresh_socket() override { return tcp_socket(SOCK_NONBLOCK).release(); }
  address address_of(int listener) override { return name_of(listener); }

  address refusing_address() override {
    keep_.push_back(bound_socket());  // bound, so nobody else gets the port; not listening
    return name_of(keep_.back().get());
  }

  address silent_address() override {
    // A full queue makes the kernel drop every further SYN.
    keep_.push_back(listening_socket(0));
    const address a = name_of(keep_.back().get());
    for (int i = 0; i < 3; ++i) {
      keep_.push_back(tcp_socket(SOCK_NONBLOCK));
      (void)::connect(keep_.back().get(), reinterpret_cast<const sockaddr*>(&a.bytes), a.size);
    }
    return a;
  }

  // Taken for real: io_uring reads the limit when an accept starts, not when it accepts.
  void exhaust_descriptors() override {
    for (;;) {
      descriptor one(::fcntl(0, F_DUPFD_CLOEXEC, 0));
      if (!one.open()) break;
      taken_.push_back(std::move(one));
    }
    SHOAL_CHECK(errno == EMFILE);
  }

  void restore_descriptors() override { taken_.clear(); }

 private:
  std::unique_ptr<driver> io_;
  std::vector<descriptor> keep_;
  std::vector<descriptor> taken_;
};

}  // namespace

result<std::unique_ptr<world>> make_socket_world(result<std::unique_ptr<driver>> io) {
  if (!io) return io.error();
  return std::unique_ptr<world>(std::make_unique<socket_world>(std::move(io).value()));
}

}  // namespace shoal::io::conformance
