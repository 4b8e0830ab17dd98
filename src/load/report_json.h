#pragma once

#include <string>

#include "load/report.h"

namespace shoal::load {

/// One JSON object in one line, with the end of the line; docs/load.md has its members.
[[nodiscard]] std::string as_json(const options& asked, const report& seen);

}  // namespace shoal::load
