// The report: one HTML file that needs nothing else, with the answer at its top.
#pragma once

#include <string>

#include "base/result.h"
#include "bench/results.h"

namespace shoal::bench {

/// It links to "results.json" beside it.
[[nodiscard]] std::string to_html(const results& all);

/// What was at `path` stays if this fails.
[[nodiscard]] result<void> write_report(const results& all, const std::string& path);

}  // namespace shoal::bench
