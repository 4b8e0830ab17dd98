// What somebody says, made fit for a line of the log: nothing in it can end the line, pass for
// another one, or speak to a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal {

/// Of what is said at once; the rest is cut off and "..." says so.
inline constexpr std::size_t longest_log_line = 16 * 1024;

/// For people. What follows a line feed is indented: a record has its time at the margin, and
/// nothing else has. Other controls become \xNN; all other bytes stay.
[[nodiscard]] std::string as_log_text(std::string_view said);

/// Without line feeds at its end, and not longer than it may be.
[[nodiscard]] std::string cut_for_log(std::string_view said);

}  // namespace shoal
