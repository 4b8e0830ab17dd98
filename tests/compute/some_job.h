// A job for tests, and a loop to be at home on.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "compute/job.h"
#include "io/loop.h"
#include "io/open.h"

namespace shoal::test {

/// Counts how often it ran and came home.
class some_job final : public compute::job {
 public:
  explicit some_job(const io::loop& on, std::function<void()> does = {}) : does_(std::move(does)) {
    home = &on;
  }

  void run() noexcept override {
    ++ran;
    if (does_) does_();
  }
  void deliver() noexcept override {
    ++came_home;
    if (at_home) at_home();
  }

  std::function<void()> at_home;
  int ran = 0;
  int came_home = 0;

 private:
  std::function<void()> does_;
};

/// On the kernel, since other threads have to wake it.
struct home_loop {
  home_loop() : driver(io::open_driver(io::driver_kind::epoll).value()), loop(*driver) {}

  /// Turns until `holds`.
  template <typename Condition>
  void run_until(Condition holds) {
    while (!holds()) loop.run_turn();
  }
  /// Delivers what has been posted.
  void settle() { loop.run_turn(loop.now()); }

  std::unique_ptr<io::driver> driver;
  io::loop loop;
};

}  // namespace shoal::test
