// How numbers and tables look: shared by `shoal status` and `shoal top`. Text alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace shoal::tool {

/// Two digits or a little more: "0 us", "12 us", "3.4 ms", "1.2 s", "3 min 4 s", "2 h 5 min",
/// "4 d 3 h".
[[nodiscard]] std::string format_duration(nanoseconds duration);

/// "0 B", "12 KiB", "3.4 MiB", "120 MiB", "1.2 GiB".
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

/// Of 0 .. 1: "0 %", "12.3 %", "100 %".
[[nodiscard]] std::string format_share(double share);

/// With commas: "1,234,567".
[[nodiscard]] std::string format_count(std::uint64_t number);

/// A server's name may hold anything, a terminal's escape sequences too.
[[nodiscard]] std::string printable(std::string_view text);

struct column {
  std::string_view heading;
  bool left = false;  ///< aligned to the left
};

using cells = std::vector<std::string>;

/// The heading, then a line for each row, without newlines and trailing spaces. Each row has as
/// many cells as there are columns; they are ASCII.
[[nodiscard]] std::vector<std::string> align(const std::vector<column>& columns,
                                             const std::vector<cells>& rows);

}  // namespace shoal::tool
