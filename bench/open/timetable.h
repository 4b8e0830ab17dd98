// When requests are due, of which class each is, and which connection it goes to: decided by the
// clock and a seed alone, so that nothing the server does changes what it is asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "open/open_options.h"

namespace shoal::open {

/// A uniform number in [0, 1).
[[nodiscard]] double uniform(random_source&) noexcept;

/// Gaps between requests, and their classes.
class timetable final {
 public:
  explicit timetable(const options& asked);

  /// From one request to the next: exponential with mean 1/rate, or 1/rate itself.
  [[nodiscard]] nanoseconds gap() noexcept;

  /// An index into options::classes, drawn by weight.
  [[nodiscard]] std::size_t class_of_next() noexcept;

 private:
  const double mean_ns_;
  const bool poisson_;
  std::vector<double> upto_;  // the sum of weights up to each class, by the sum of all
  random_source random_;
};

/// Connections by their share of the load: a hot one lies in the deck hot_factor times.
class deck final {
 public:
  explicit deck(const options& asked);

  [[nodiscard]] std::size_t draw() noexcept;  ///< any card, put back
  [[nodiscard]] std::size_t next() noexcept;  ///< the next of the shuffled deck, round and round

 private:
  std::vector<std::size_t> cards_;
  std::size_t at_ = 0;
  random_source random_;
};

}  // namespace shoal::open
