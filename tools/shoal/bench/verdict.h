// What may be said of two contenders at a point, in one sentence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bench/estimate.h"
#include "bench/metric.h"
#include "bench/results.h"

namespace shoal::bench {

enum class verdict : std::uint8_t {
  too_few,  ///< pairs, for bounds
  tie,      ///< the bounds include 1
  noise,    ///< they do not, but equals differ as much
  differ,
};

struct comparison {
  metric by = metric::requests;
  estimate ratio;    ///< of a : b
  double noise = 1;  ///< of equals, as of noise_of()
  verdict is = verdict::tie;
};

/// Nothing where the point does not know this metric of both.
[[nodiscard]] std::optional<comparison> compare(const results& all, const point& p, metric by);

/// Of two that differ: whether `a` is the better one, or has more where neither is better.
[[nodiscard]] bool a_wins(const comparison& c) noexcept;

/// The winner's ratio to the other.
[[nodiscard]] estimate winning_ratio(const comparison& c) noexcept;

/// The winner is told first, whichever it is, and in the same words:
/// "io_uring serves 1.22 × [1.19, 1.26] the requests of epoll for a CPU second",
/// "requests for a CPU second: no difference that this machine can show (1.003 × [0.995, 1.012])".
/// No full stop.
[[nodiscard]] std::string sentence(const point& p, const comparison& c);

/// "no difference that this machine can show", or what else there is to say of two that do not
/// differ; "" if they do.
[[nodiscard]] std::string no_difference(const comparison& c);

}  // namespace shoal::bench
