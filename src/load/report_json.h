#pragma once

#include <string>

#include "load/report.h"

namespace shoal::load {

/// One JSON object in one line, with the end of the line; docs/load.md has its members.
[[nodiscard]] std::string as_json(const options& asked, const report& seen);

/// What is known before a load begins, as one line: {"window":{...}}.
[[nodiscard]] std::string announcement_json(const window& planned);

}  // namespace shoal::load
