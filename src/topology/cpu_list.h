// Sets of CPU (and node) numbers in the kernel's notation: "0-3,8".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::topology {

/// Ascending, without duplicates.
using cpu_list = std::vector<unsigned>;

/// Larger than any kernel's CONFIG_NR_CPUS (8,192 on x86): a larger number is garbage, and a list
/// that names it must not cost gigabytes.
inline constexpr unsigned max_cpus = 8192;

/// nullopt for anything but numbers below max_cpus, ranges and commas. An empty text is an empty
/// list; white space around it does not count. The order does not matter: "3,0-1" is 0, 1, 3.
[[nodiscard]] std::optional<cpu_list> parse_cpu_list(std::string_view text);

/// "0-3,8"; "none" for an empty list, which is what a reader of a message expects.
[[nodiscard]] std::string format_cpu_list(const cpu_list& cpus);

/// What both hold.
[[nodiscard]] cpu_list intersect(const cpu_list& a, const cpu_list& b);

[[nodiscard]] bool contains(const cpu_list& cpus, unsigned cpu) noexcept;

/// The list that a file holds. Errors name the file.
[[nodiscard]] result<cpu_list> read_cpu_list(const std::string& path);

/// nullopt where there is no such file.
[[nodiscard]] result<std::optional<cpu_list>> read_cpu_list_if_there(const std::string& path);

}  // namespace shoal::topology
