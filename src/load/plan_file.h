// A mix of requests as a TOML file; docs/load.md has an example.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "load/request_kind.h"

namespace shoal::load {

inline constexpr std::size_t longest_plan = std::size_t{1} << 20;  ///< bytes of the file itself
inline constexpr std::size_t most_kinds = 256;

/// `directory`: where the files that it names lie, with its slash at the end. Errors name the line.
[[nodiscard]] result<std::vector<request_kind>> parse_plan(std::string_view text,
                                                           const std::string& directory);

[[nodiscard]] result<std::vector<request_kind>> read_plan(const std::string& path);

/// A whole file, up to `most` bytes.
[[nodiscard]] result<std::string> read_whole_file(const std::string& path, std::size_t most);

}  // namespace shoal::load
