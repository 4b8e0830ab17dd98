// What `shoal numa` does, and how long it may take.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/plan.h"
#include "numa/study.h"

namespace shoal::numa {

struct plan {
  std::string name = "quick";
  std::string program;  ///< servers and generators are its children; "": this one
  bool memory = true;
  bool handoff = true;
  bool server = true;

  std::uint64_t largest_bytes = 256UL << 20;  ///< working set
  unsigned repeats = 7;                       ///< of each figure of memory
  std::uint64_t loads = 200'000;              ///< of one walk
  std::uint64_t least_moved = 16UL << 20;     ///< bytes of one figure of bandwidth

  double handoff_seconds = 12;    ///< for all pairs together
  unsigned most_repeats = 11;     ///< of each pair
  unsigned rounds = 2000;         ///< of the line, back and forth, in each repeat
  unsigned all_pairs_up_to = 16;  ///< cores; of more a sample is taken

  unsigned server_pairs = 16;  ///< of each point
  double server_window = 0.3;  ///< seconds
  double server_warm_up = 0.12;
  double server_seconds = 85;
  unsigned most_arrangements = 6;   ///< of the server, that there is time for
  unsigned large_bodies_up_to = 4;  ///< arrangements: beyond, there is no time for large bodies
};

// Below two minutes, and about ten.

[[nodiscard]] plan quick_plan();
[[nodiscard]] plan full_plan();

/// A working set that no cache holds, within what the plan and the machine allow: four times the
/// last level, at most a quarter of what is free. 0 of either: not known.
[[nodiscard]] std::uint64_t largest_working_set(std::uint64_t most, std::uint64_t last_level_bytes,
                                                std::uint64_t free_bytes) noexcept;

}  // namespace shoal::numa
