// What was measured as a page of one file: nothing is loaded and nothing runs.
#pragma once

#include <string>

#include "base/result.h"
#include "numa/study.h"

namespace shoal::numa {

[[nodiscard]] std::string to_html(const study& all);

/// What was at `path` stays if this fails.
[[nodiscard]] result<void> write_report(const study& all, const std::string& path);

}  // namespace shoal::numa
