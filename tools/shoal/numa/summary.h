// What `shoal numa` prints at its end. No input or output.
#pragma once

#include <string>

#include "numa/study.h"

namespace shoal::numa {

/// The answer, a table for each part, and what was not seen.
[[nodiscard]] std::string to_text(const study& all);

}  // namespace shoal::numa
