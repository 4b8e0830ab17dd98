#include "load/report.h"

#include <algorithm>

namespace shoal::load {

void report::add(const report& other) {
  total.add(other.total);
  kinds.resize(std::max(kinds.size(), other.kinds.size()));
  for (std::size_t i = 0; i < other.kinds.size(); ++i) {
    kinds[i].tally.add(other.kinds[i].tally);
    kinds[i].latency.add(other.kinds[i].latency);
  }
  const bool first = span.begin == monotonic_time{};
  span.begin = first ? other.span.begin : std::min(span.begin, other.span.begin);
  span.end = first ? other.span.end : std::max(span.end, other.span.end);
  seconds = std::max(seconds, other.seconds);
  interrupted = interrupted || other.interrupted;
  if (driver.empty()) driver = other.driver;
  right_within += other.right_within;
  unfinished += other.unfinished;
  log.insert(log.end(), other.log.begin(), other.log.end());
  planned += other.planned;
  waited += other.waited;
  send_lag.add(other.send_lag);
  threads.insert(threads.end(), other.threads.begin(), other.threads.end());
  cpu_seconds += other.cpu_seconds;
  spun_seconds += other.spun_seconds;
  server_seconds = std::max(server_seconds, other.server_seconds);
}

histogram report::latency() const {
  histogram all;
  for (const kind_report& each : kinds) all.add(each.latency);
  return all;
}

double report::busiest() const noexcept {
  double most = 0;
  for (const thread_use& each : threads) most = std::max(most, each.busy);
  return most;
}

double report::answers_per_turn() const noexcept {
  thread_use all;
  for (const thread_use& each : threads) {
    all.came += each.came;
    all.turns += each.turns;
  }
  return all.answers_per_turn();
}

}  // namespace shoal::load
