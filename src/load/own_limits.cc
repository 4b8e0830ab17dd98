#include "load/own_limits.h"

#include <algorithm>
#include <cstdio>

namespace shoal::load {
namespace {

// Requests that are out at the edges of a window are not missing.
constexpr double edge = 10;

template <typename... Values>
std::string format(const char* text, Values... values) {
  char line[160];
  std::snprintf(line, sizeof line, text, values...);
  return line;
}

// Of a closed loop, for each thread. Measured with both on cores of their own, at the highest
// priority: 64 connections of which a turn finds 8 or 13 keep the server's core at 1.00, 20 or more
// at 0.95.
bool has_a_queue(const options& asked, const thread_use& seen) noexcept {
  const double in_flight = static_cast<double>(asked.connections) * asked.pipeline / asked.threads;
  const double most = own_queue_most * asked.pipeline;
  return seen.answers_per_turn() >= std::min(in_flight * own_queue, most);
}

// Of the busiest thread that was the limit; 0: none was.
double too_busy(const options& asked, const report& seen) noexcept {
  double most = 0;
  for (const thread_use& each : seen.threads) {
    if (each.busy <= most_busy || (!asked.open_loop() && !has_a_queue(asked, each))) continue;
    most = std::max(most, each.busy);
  }
  return most;
}

}  // namespace

std::vector<std::string> limits_of(const options& asked, const report& seen) {
  std::vector<std::string> reasons;
  if (const double busy = too_busy(asked, seen); busy > 0) {
    reasons.push_back(format("a core of the generator was %.0f %% busy, more than %.0f %%",
                             busy * 100, most_busy * 100));
  }
  if (!asked.open_loop()) return reasons;
  const auto lag = static_cast<double>(seen.send_lag.percentile(50));
  if (lag > static_cast<double>(most_send_lag.count())) {
    reasons.push_back(
        format("half of the requests left more than %.0f us after their time, "
               "the limit is %.0f",
               lag / 1000, static_cast<double>(most_send_lag.count()) / 1000));
  }
  return reasons;
}

std::optional<std::string> behind(const options& asked, const report& seen) {
  if (!asked.open_loop() || seen.seconds <= 0) return {};
  const auto planned = static_cast<double>(seen.planned);
  const auto within = static_cast<double>(seen.right_within);
  if (within >= planned * least_achieved || planned - within <= edge) return {};
  return format(
      "%.0f right answers a second to %.0f requests, below %.0f %%; this does not tell "
      "whether server or generator could not keep up",
      within / seen.seconds, planned / seen.seconds, least_achieved * 100);
}

}  // namespace shoal::load
