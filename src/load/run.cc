#include "load/run.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "load/worker.h"

namespace shoal::load {
namespace {

constexpr std::chrono::milliseconds look_time{100};

window planned_window(const options& asked, monotonic_time start) {
  const monotonic_time begin = start + asked.warm_up;
  return {begin, asked.count == 0 ? begin + asked.duration : never};
}

class team {
 public:
  explicit team(const preparation& prepared)
      : first_(prepared.asked.kinds.size()),
        common_{prepared.asked, prepared.requests, first_},
        line_(prepared.asked.threads) {
    for (unsigned i = 0; i < prepared.asked.threads; ++i) {
      workers_.emplace_back(prepared, common_, share{i, prepared.asked.threads}, line_);
    }
    for (worker& each : workers_) each.begin();
  }

  void watch_over(const watch& look, const announcement& tell) {
    while (!line_.all_there(look_time)) look_once(look);
    const monotonic_time now = read_clock();
    if (tell && !stopped_) tell(planned_window(common_.asked, now));
    line_.start(stopped_ ? std::nullopt : std::optional(now));
    while (!line_.all_finished(look_time)) look_once(look);
    for (worker& each : workers_) each.join();
  }

  [[nodiscard]] result<report> together() const {
    report sum;
    for (const worker& each : workers_) {
      if (!each.outcome()) return each.outcome().error();
      sum.add(each.seen());
    }
    sum.interrupted = sum.interrupted || stopped_;
    std::ranges::sort(sum.log, {}, &log_entry::ended);
    return sum;
  }

 private:
  void look_once(const watch& look) {
    live_sum sum;
    for (const worker& each : workers_) each.add_live(sum);
    if (stopped_ || !look || look(sum)) return;
    stopped_ = true;
    for (worker& each : workers_) each.ask_to_stop();
  }

  std::deque<first_body> first_;
  const common_ground common_;
  starting_line line_;
  std::deque<worker> workers_;
  bool stopped_ = false;
};

}  // namespace

result<report> run(const preparation& prepared, const watch& look, const announcement& tell) {
  team all(prepared);
  all.watch_over(look, tell);
  return all.together();
}

}  // namespace shoal::load
