// What one worker does again and again, beside its requests.
#pragma once

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

   private:
    void start() noexcept;
    void expired() noexcept override;
    task<> once();

    const recurring& what_;
    worker& self_;
    io::loop& loop_;
    scope running_;
    bool stopped_ = false;
  };

  std::deque<entry> entries_;  // whose addresses the loop keeps
};

}  // namespace shoal::http
