// The figures of a study as rows of cells: for the terminal and the report alike.
#pragma once

#include <vector>

#include "bench/html.h"
#include "numa/study.h"

namespace shoal::numa {

/// All working sets; `few`: those that fill half of a cache level, and the largest.
[[nodiscard]] bench::table working_set_table(const memory_findings& found,
                                             const std::vector<core_place>& cores, bool few);

/// From each node to each: one core alone, and all of the node together.
[[nodiscard]] bench::table matrix_table(const memory_findings& found);
[[nodiscard]] bench::table together_table(const memory_findings& found);

[[nodiscard]] bench::table touch_table(const memory_findings& found);

[[nodiscard]] bench::table pair_table(const handoff_findings& found);

/// A row for each arrangement and load: its ratio to the usual one and what may be said of it.
[[nodiscard]] bench::table arrangement_table(const server_findings& found);

}  // namespace shoal::numa
