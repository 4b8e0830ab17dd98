// One connection of a coroutine: what lies behind shoal::tcp::stream and the HTTP client.
//
// A coroutine can be destroyed at any moment, a driver cannot be stopped at any moment. So the
// operations, and the bytes on their way out, live here and not in the frame that waits: when its
// owner leaves, the link cancels what is in flight and ends with the last outcome.
#pragma once

#include <coroutine>
#include <memory>
#include <string>
#include <string_view>

#include "io/loop.h"
#include "io/operation.h"
#include "io/socket_address.h"
#include "io/waiter.h"
#include "shoal/io/address.h"
#include "shoal/io/network_error.h"

namespace shoal::io {

/// Threads   the loop's. Lifetime: ends by itself some time after abandon(). Make it with new.
class tcp_link final : public loop_guest, private connect_op, private receive_op, private send_op {
 public:
  /// Unread bytes at which the peer is held back: two leases of the default size.
  static constexpr std::size_t read_ahead_bytes = 8 * 1024;
  /// Most that is handed to the driver at a time: the copy stays in the cache.
  static constexpr std::size_t write_block_bytes = 64 * 1024;

  /// Owns the socket from then on.
  tcp_link(loop& on, int socket) noexcept;

  /// Its owner leaves: who still waits is resumed at its deadline, with ECANCELED, or never.
  void abandon() noexcept;

  // Connecting: once, before all else. Resumed with connect_error(): 0 or an errno.
  void connect_then(const tcp::address& to, std::coroutine_handle<>,
                    monotonic_time deadline) noexcept;
  [[nodiscard]] int connect_error() const noexcept;
  void forget_connect() noexcept { reader_.forget(loop_); }

  // Reading: one coroutine at a time.
  /// take() would not wait.
  [[nodiscard]] bool readable() const noexcept {
    return !held_.empty() || ended_ || read_error_ != 0;
  }
  void read_then(std::coroutine_handle<>, monotonic_time deadline) noexcept;
  void limit_read(monotonic_time deadline) noexcept;  ///< of the one that waits
  void forget_read() noexcept;
  /// Resumes the one that reads, and every later one, with this error once nothing is held.
  void fail_read(int error) noexcept;
  /// What has come; empty at the end; until the next take(). Throws network_error.
  [[nodiscard]] std::string_view take();

  // Writing: one coroutine at a time.
  [[nodiscard]] bool writable() const noexcept { return write_error_ == 0; }
  /// May throw std::bad_alloc; nothing has happened then. Bytes are copied piece by piece: they
  /// stay until the coroutine is resumed or forgotten.
  void write_then(std::string_view out, std::coroutine_handle<>, monotonic_time deadline);
  void forget_write() noexcept;
  /// After it has been resumed. Throws network_error.
  void finish_write();
  void shutdown_send() noexcept;

  // While nobody uses it.
  /// Receives on, and runs `stirred` once when something comes, be it the end. nullptr: not.
  void watch(runnable* stirred) noexcept;
  /// Gives buffers back that have grown large.
  void trim() noexcept;

  [[nodiscard]] loop* home() const noexcept { return loop_; }
  [[nodiscard]] const tcp::address& peer() const noexcept { return peer_; }

 private:
  ~tcp_link() = default;

  void connected(outcome) noexcept override;
  void received(outcome, lease) noexcept override;
  void sent(outcome) noexcept override;
  void loop_ended() noexcept override;

  void hold(std::span<const std::byte> arrived) noexcept;
  void send_block() noexcept;
  void break_write(int error) noexcept;
  void end_if_quiet() noexcept;
  [[nodiscard]] network_error failure(int error, const char* what) const;
  [[noreturn]] void fail(int error, const char* what) const;
  [[noreturn]] void fail_abandoned(const char* what);

  [[nodiscard]] bool in_flight() const noexcept;
  // All bases have a `socket`.
  [[nodiscard]] connect_op& connecting() noexcept { return *this; }
  [[nodiscard]] receive_op& receiving() noexcept { return *this; }
  [[nodiscard]] send_op& sending() noexcept { return *this; }

  loop* loop_;  // nullptr once it has ended
  tcp::address peer_;
  waiter reader_;  // the one that connects, too
  waiter writer_;
  runnable* stirred_ = nullptr;

  std::string front_;      // what the reader looks at
  std::string held_;       // what has come since
  std::string_view rest_;  // of the bytes that are being written
  std::unique_ptr<char[]> block_;
  std::size_t block_bytes_ = 0;

  int connect_error_ = 0;
  int read_error_ = 0;
  int write_error_ = 0;
  bool ended_ = false;
  bool abandoned_ = false;
};

}  // namespace shoal::io
