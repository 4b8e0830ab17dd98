#pragma once

#include <coroutine>
#include <vector>

#include "io/loop.h"
#include "io/operation.h"
#include "io/waiter.h"
#include "shoal/io/address.h"

namespace shoal::io {

/// What lies behind shoal::tcp::listener. Like a tcp_link it outlives its owner until the driver is
/// through with it.
class tcp_acceptor final : public loop_guest, private accept_op {
 public:
  /// Connections that wait here rather than in the kernel's queue.
  static constexpr std::size_t accept_ahead = 16;

  tcp_acceptor(loop& on, int listener, const tcp::address& where) noexcept;

  void abandon() noexcept;

  [[nodiscard]] bool ready() const noexcept { return !sockets_.empty(); }
  void accept_then(std::coroutine_handle<>) noexcept;
  void forget() noexcept;
  /// A socket, or a negated errno.
  [[nodiscard]] int take() noexcept;

  [[nodiscard]] loop& home() const noexcept { return *loop_; }
  [[nodiscard]] const tcp::address& where() const noexcept { return where_; }

 private:
  ~tcp_acceptor() = default;

  void accepted(outcome) noexcept override;
  void loop_ended() noexcept override;
  void keep(int accepted) noexcept;
  void end_if_quiet() noexcept;

  loop* loop_;
  tcp::address where_;
  waiter waiter_;
  std::vector<int> sockets_;  // accepted and not taken, the first one first
  int error_ = 0;
  bool abandoned_ = false;
};

}  // namespace shoal::io
