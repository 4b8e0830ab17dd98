#pragma once

#include <cstdint>
#include <string>

#include "load/report.h"

namespace shoal::load {

/// Lines for people, the limits last.
[[nodiscard]] std::string as_table(const options& asked, const report& seen);

/// Three digits with a unit: "48.3 us", "1.40 s".
[[nodiscard]] std::string duration_text(std::uint64_t ns);

}  // namespace shoal::load
