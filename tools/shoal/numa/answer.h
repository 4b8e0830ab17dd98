// What a study comes to, in whole sentences. Pure.
#pragma once

#include <string>
#include <vector>

#include "numa/study.h"

namespace shoal::numa {

/// What to run on this machine and what it gains, or that nothing that was tried makes a
/// difference; then what memory and hand-offs cost. The first is always there.
[[nodiscard]] std::vector<std::string> answer(const study& all);

/// The parts of it; "" where nothing was measured.
[[nodiscard]] std::string server_sentence(const server_findings& found);
[[nodiscard]] std::string memory_sentence(const memory_findings& found);
[[nodiscard]] std::string handoff_sentence(const handoff_findings& found);

}  // namespace shoal::numa
