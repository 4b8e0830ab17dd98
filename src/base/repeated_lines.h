// Lines that repeat. The first ones of a kind are written, so that nothing new is ever held back;
// what comes beyond them within a window is counted, and told in one line with the last of them
// when the window is over. A handler that fails with every request costs eleven lines in ten
// seconds, however many requests there are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace shoal {

struct repeat_limits {
  unsigned written = 10;  ///< of each kind, in a window
  nanoseconds window = std::chrono::seconds(10);
  std::size_t kinds = 64;  ///< that are remembered; a line that finds no place is written
};

/// Of those that were not written.
struct repeated_line {
  log_level level;
  std::string last;
  std::uint64_t times;
  nanoseconds within;
};

class repeated_lines final {
 public:
  explicit repeated_lines(const repeat_limits& limits = {}) noexcept : limits_(limits) {}

  /// Whether to write it; else it is in a sum that follows. Two lines are alike if level and kind
  /// are, of which the first 512 bytes count.
  [[nodiscard]] bool admit(log_level level, std::string_view line, std::string_view kind,
                           monotonic_time now);

  /// What was held back in windows that are over; what comes next of the kind is new.
  [[nodiscard]] std::vector<repeated_line> take_due(monotonic_time now);
  /// And in those that are not; for the end.
  [[nodiscard]] std::vector<repeated_line> take_all(monotonic_time now);

  void clear() noexcept { seen_.clear(); }

  /// When take_due() will have something; never: nothing is held back.
  [[nodiscard]] monotonic_time due() const noexcept;

 private:
  struct kind_seen {
    log_level level;
    std::string kind;
    monotonic_time since;
    unsigned written;
    std::uint64_t held;
    std::string last;  ///< of those that were held
  };

  kind_seen* find(log_level level, std::string_view kind) noexcept;
  void forget(monotonic_time begun_by, monotonic_time now, std::vector<repeated_line>& out);

  const repeat_limits limits_;
  std::vector<kind_seen> seen_;
};

/// "LAST (repeated 341 times in 10 s)"
[[nodiscard]] std::string show(const repeated_line&);

}  // namespace shoal
