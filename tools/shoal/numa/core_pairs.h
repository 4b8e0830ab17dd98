// Between which cores hand-offs are measured.
#pragma once

#include <utility>
#include <vector>

#include "numa/study.h"

namespace shoal::numa {

/// All of `cores` if they are so many at most. Of more, one for each last-level cache (for each
/// node, if there are too many caches), and beside the first of them a second one of its cache, the
/// other thread of its physical core, and one of its node with another cache: so that each nearness
/// there is is met. Ascending, `most` at most; `most` is 4 or more.
[[nodiscard]] std::vector<unsigned> cores_to_pair(const std::vector<core_place>& cores,
                                                  unsigned most);

/// Each with each other one, once.
[[nodiscard]] std::vector<std::pair<unsigned, unsigned>> pairs_of(
    const std::vector<unsigned>& cores);

}  // namespace shoal::numa
