// results.json of `shoal numa`: all that was measured, in a file. docs/formats/numa_results.md has
// its fields.
#pragma once

#include <string>

#include "base/result.h"
#include "numa/study.h"

namespace shoal::numa {

inline constexpr unsigned study_version = 1;

[[nodiscard]] std::string to_json(const study& all);

/// What was at `path` stays if this fails.
[[nodiscard]] result<void> write_study(const study& all, const std::string& path);

}  // namespace shoal::numa
