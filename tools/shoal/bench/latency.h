// Percentiles of what was measured. Those of several measurements come from their sum; an average
// of percentiles is the percentile of nothing.
#pragma once

#include <cstdint>
#include <optional>

#include "bench/results.h"

namespace shoal::bench {

[[nodiscard]] std::uint64_t count_of(const latencies& l) noexcept;

/// What both have seen, upwards again.
[[nodiscard]] latencies merge(const latencies& one, const latencies& other);

/// The same in buckets that are 0.4 to 0.8 % wide: what a measurement of some tenths of a second
/// can tell apart, and an eighth of the file.
[[nodiscard]] latencies coarser(const latencies& l);

/// The upper end of the bucket in which this share (0 .. 1) of all is reached; nothing where there
/// is none.
[[nodiscard]] std::optional<double> percentile_ns(const latencies& l, double share) noexcept;

}  // namespace shoal::bench
