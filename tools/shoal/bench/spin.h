// Work that takes as long as one wants, the same for all who are measured: so many steps of a
// generator whose result depends on each of them. A loop that looks at the clock would do less work
// where it is disturbed; this one takes longer.
#pragma once

#include <cstdint>

namespace shoal::bench {

/// Steps of the generator; what comes out has to be used, or a compiler leaves it out.
[[nodiscard]] std::uint64_t spin(std::uint64_t steps) noexcept;

/// How many steps this core makes in a microsecond, when nobody disturbs it. Cost: some 20 ms.
[[nodiscard]] double steps_in_a_microsecond() noexcept;

}  // namespace shoal::bench
