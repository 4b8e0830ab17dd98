// What figures depend on besides the code: for the report's last page, and for whoever wonders why
// another machine shows others.
#pragma once

#include <string>
#include <vector>

#include "bench/results.h"

namespace shoal::bench {

/// Reads <root>/proc and <root>/sys; what is not there is left out.
[[nodiscard]] std::vector<fact> machine_facts(const std::string& root = "");

/// How this program was built: its version, compiler and flags.
[[nodiscard]] std::vector<fact> build_facts();

/// The first line that `program words...` prints: {"nginx", "nginx version: nginx/1.22.1"}.
[[nodiscard]] std::vector<fact> peer_facts(const std::vector<std::string>& programs);

}  // namespace shoal::bench
