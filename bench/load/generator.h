// Runs a load on the calling thread: opens connections, warms up, measures.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/driver.h"
#include "io/loop.h"
#include "load/connection.h"
#include "load/options.h"
#include "load/report.h"

namespace shoal::load {

class generator final : io::timer {
 public:
  /// Checks that something listens, pins the thread and opens the driver. `asked` must outlive it.
  [[nodiscard]] static result<std::unique_ptr<generator>> make(const options& asked);
  ~generator();

  /// Opens the connections, lets the warm-up pass, and reports what the duration brought.
  [[nodiscard]] report run();

  /// Opens the connections, has one request answered on each, and leaves them open and idle. A
  /// connection that failed or was ended by the server is in the report's tally.
  [[nodiscard]] report hold();

  /// What has happened to held connections meanwhile.
  [[nodiscard]] tally look();

 private:
  generator(const options& asked, std::unique_ptr<io::driver> driver);

  void expired() noexcept override;
  void let_answers_gather();
  [[nodiscard]] monotonic_time keep_pace(monotonic_time until);
  void turn(monotonic_time until);
  void run_until(monotonic_time end);
  [[nodiscard]] report seen(monotonic_time began) const;

  const options& asked_;
  std::string requests_;
  std::unique_ptr<crowd> crowd_;
  std::deque<connection> connections_;
  std::size_t opened_ = 0;
  std::uint64_t brought_ = 0;           // answers, by the last turn
  monotonic_time due_{};                // of an open loop: when the next request is to leave
  std::unique_ptr<io::driver> driver_;  // after the connections: gone before them
  io::loop loop_;
};

}  // namespace shoal::load
