// Keeps what became of each measured request, for figures about how a load fares over time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "open/open_options.h"

namespace shoal::open {

/// A request that has come due.
struct request {
  monotonic_time due{};
  std::size_t of_class = 0;
  bool measured = false;  ///< was due within the measured window
};

enum class fate : std::uint8_t { answered, refused, failed, timed_out };

/// Keeps nothing until it is told to.
class request_log final {
 public:
  void keep() noexcept { kept_ = true; }

  void note(const request& about, fate what, monotonic_time when);

  /// Lines "CLASS DUE LATENCY FATE" into options::log, as they came to an end: seconds of
  /// CLOCK_MONOTONIC, milliseconds from there to the end, and the word of `fate`. False: the file
  /// could not be written.
  [[nodiscard]] bool write(const options& asked) const;

 private:
  struct line {
    request about;
    monotonic_time ended;
    fate what;
  };

  bool kept_ = false;
  std::vector<line> lines_;
};

}  // namespace shoal::open
