// What one worker does again and again, beside its requests.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "io/loop.h"
#include "shoal/coro/scope.h"
#include "shoal/http/recurring.h"

namespace shoal::http {

/// Threads: the loop's. It ends before the loop does; what still waits for something then is
/// destroyed there.
class timetable final {
 public:
  /// All of `what` but those of another worker; they outlive it. Each begins an interval from now.
  timetable(const std::vector<recurring>& what, worker& self, io::loop& loop);

  /// After each turn: so many requests have been answered since boot.
  void turn_ended(std::uint64_t answered) noexcept;

  /// Nothing begins any more; what has begun goes on.
  void stop() noexcept;

 private:
  class entry final : public io::timer {
   public:
    entry(const recurring& what, worker& self, io::loop& loop) noexcept
        : what_(what), self_(self), loop_(loop) {
      start();
    }
    ~entry() { stop(); }

    void stop() noexcept;
    /// A request has been answered.
    void stir() noexcept;
    [[nodiscard]] bool waits_for_idleness() const noexcept { return what_.when_idle; }

   private:
    void start() noexcept;
    void expired() noexcept override;
    task<> once();

    const recurring& what_;
    worker& self_;
    io::loop& loop_;
    scope running_;
    monotonic_time stirred_ = loop_.now();
    bool runs_ = false;
    bool stopped_ = false;
  };

  std::deque<entry> entries_;  // whose addresses the loop keeps
  std::vector<entry*> idlers_;
  std::uint64_t answered_ = 0;
};

}  // namespace shoal::http
