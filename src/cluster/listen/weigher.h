// `cbpf`: gives the kernel new weights while somebody is served. Includes asio, for the
// supervisor's files alone.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/log.h"
#include "cluster/blueprint.h"
#include "dispatch/steer_survey.h"

namespace shoal::cluster {

class weigher final {
 public:
  weigher(const blueprint& plan, asio::io_context& context)
      : plan_(plan), context_(context), survey_(plan.segment), timer_(context) {}

  void start() {
    if (plan_.steering->kind() != dispatch::steer_kind::cbpf) return;
    const int bell = ::fcntl(plan_.steering->board().bell_fd(), F_DUPFD_CLOEXEC, 3);
    SHOAL_CHECK(bell >= 0);  // the budget counted it
    bell_.emplace(context_, bell);
    await_bell();
    plan_.steering->board().bell().armed = 1;
  }

  void stop() {
    bell_.reset();
    timer_.cancel();
  }

  /// Now: a worker has rung, or is gone and may have been about to.
  void wake() {
    if (!bell_) return;
    std::uint64_t times = 0;
    [[maybe_unused]] const auto ignored = ::read(bell_->native_handle(), &times, sizeof times);
    quiet_ = 0;
    weigh();
  }

 private:
  /// Looks while somebody is served, and so many more at which nobody was; then it keeps the even
  /// weights until a worker rings. A light request is over in a millisecond; new weights cost some
  /// tens of microseconds, and only if they differ.
  static constexpr std::chrono::milliseconds every{10};
  static constexpr unsigned quiet_looks = 20;

  void weigh() {
    if (!bell_) return;
    const auto workers = survey_.look(dispatch::steer_stall);
    quiet_ = survey_.somebody_served() ? 0 : quiet_ + 1;
    if (quiet_ <= quiet_looks) {
      if (!plan_.steering->renew(workers)) return mechanism_fell();
      return set_timer();
    }
    if (!plan_.steering->forget(workers)) return mechanism_fell();
    // Whoever begins a turn at this very moment may not ring; his next turn does.
    plan_.steering->board().bell().armed = 1;
  }

  void mechanism_fell() {
    const auto now = plan_.steering->show();
    log_warning("dispatch has changed: " + now);
    plan_.segment.set_dispatch(now);
  }

  void await_bell() {
    bell_->async_wait(asio::posix::stream_descriptor::wait_read,
                      [this](const asio::error_code& failure) {
                        if (failure) return;
                        wake();
                        await_bell();
                      });
  }

  void set_timer() {
    timer_.expires_after(every);
    timer_.async_wait([this](const asio::error_code& failure) {
      if (!failure) weigh();
    });
  }

  const blueprint& plan_;
  asio::io_context& context_;
  dispatch::steer_survey survey_;
  asio::steady_timer timer_;
  std::optional<asio::posix::stream_descriptor> bell_;
  unsigned quiet_ = 0;  // looks at which nobody was served
};

}  // namespace shoal::cluster
