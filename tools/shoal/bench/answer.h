// What a report begins with: the answer in two sentences, and why it is so.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/results.h"

namespace shoal::bench {

/// Whom a report is about before all others: "uring" and "epoll" if they were compared.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> main_pair(const results& all);

/// Whole sentences, two at most: of requests and of latency. None where nothing was measured that
/// would tell.
[[nodiscard]] std::vector<std::string> answer(const results& all);

/// Whole sentences on system calls, turns and context switches, where they are known of both.
[[nodiscard]] std::vector<std::string> reasons(const results& all);

/// The throughput points of these two under the plainest load that was measured, by connections.
[[nodiscard]] std::vector<const point*> main_points(const results& all);

/// The one of them where the two differ most, or else the last; null if there is none.
[[nodiscard]] const point* telling_point(const results& all);

}  // namespace shoal::bench
