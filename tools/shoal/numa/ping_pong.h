// How long a cache line takes from one core to another.
#pragma once

#include <vector>

#include "base/result.h"

namespace shoal::numa {

/// Two threads, each on its core, answer each other by one word that neither takes its eyes off:
/// nanoseconds of one way, of `repeats` times so many rounds. Errors: a core is not permitted.
/// Cost: a microsecond or less for each round, and the whole of both cores meanwhile.
[[nodiscard]] result<std::vector<double>> ping_pong_ns(unsigned a, unsigned b, unsigned repeats,
                                                       unsigned rounds);

}  // namespace shoal::numa
