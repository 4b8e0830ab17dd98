// Whether a figure is the server's, or the generator's own limit. A generator whose core is nearly
// full measures its own queue; one that sends late measures its own lateness.
//
// In a closed loop a full core alone says little: a generator that looks at once after each answer
// fills it with looking, and would look less often if more came at a time. It has a queue where
// turns find many answers. As long as they find few, nearly all requests are at the server.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "load/options.h"
#include "load/report.h"

namespace shoal::load {

inline constexpr double most_busy = 0.70;     ///< of a core
inline constexpr double own_queue = 0.25;     ///< of what is in flight, found by a turn
inline constexpr double own_queue_most = 32;  ///< connections; a turn brings 40 at most
inline constexpr nanoseconds most_send_lag = std::chrono::microseconds(50);  ///< at the median
inline constexpr double least_achieved = 0.99;  ///< of what was offered

/// Why the figures are not, or not only, the server's: a sentence for each reason, or none.
[[nodiscard]] std::vector<std::string> limits_of(const options& asked, const report& seen);

/// Of an open loop that had less than its share answered in time: a sentence that says so. A slow
/// server does that as a slow generator does: it is no limit of the generator by itself.
[[nodiscard]] std::optional<std::string> behind(const options& asked, const report& seen);

}  // namespace shoal::load
