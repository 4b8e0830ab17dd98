// The phases of one generator's load: warm-up, the measured window, and the rest of what was due in
// it.
#pragma once

#include "base/clock.h"
#include "load/generator.h"
#include "load/options.h"
#include "load/report.h"

namespace shoal::load {

/// Of the generator's thread. `watches`: reads the CPU time of options::watched, as one of all
/// does.
[[nodiscard]] report measure(generator& of, const options& asked, monotonic_time start,
                             bool watches);

}  // namespace shoal::load
