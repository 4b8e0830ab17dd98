// results.json: all that was measured, in a file. docs/formats/bench_results.md has its fields.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/results.h"

namespace shoal::bench {

inline constexpr unsigned results_version = 1;

/// What to_results() makes the same of again.
[[nodiscard]] std::string to_json(const results& all);

/// Errors  where the text is no JSON (line and column), or which field is missing or wrong:
///         "points[3].load.connections is no whole number"
[[nodiscard]] result<results> to_results(std::string_view json);

/// What was at `path` stays if this fails.
[[nodiscard]] result<void> write_results(const results& all, const std::string& path);

/// Errors  begin with the path
[[nodiscard]] result<results> read_results(const std::string& path);

}  // namespace shoal::bench
