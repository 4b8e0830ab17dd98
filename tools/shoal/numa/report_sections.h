// The parts of the report, each as HTML; "" where nothing was measured.
#pragma once

#include <string>

#include "numa/heat_map.h"
#include "numa/study.h"

namespace shoal::numa {

[[nodiscard]] std::string memory_section(const study& all);
[[nodiscard]] std::string handoff_section(const study& all);
[[nodiscard]] std::string server_section(const study& all);

/// A heat map for wide pages and one for narrow ones, and what stands below it.
[[nodiscard]] std::string map_figure(const heat_map& map, const std::string& below);

}  // namespace shoal::numa
