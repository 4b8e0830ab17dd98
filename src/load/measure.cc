#include "load/measure.h"

#include <algorithm>
#include <optional>

#include "load/processor_time.h"

namespace shoal::load {
namespace {

using seconds = std::chrono::duration<double>;

/// What a thread and the server have used, at one moment.
struct moment {
  moment(const generator& of, const options& asked, bool watches)
      : server(watches && !asked.watched.empty() ? processor_time(asked.watched) : std::nullopt),
        ran(thread_cpu_time()),
        spun(of.spun()),
        turns(of.turns()),
        right(of.seen().right),
        came(of.seen().came),
        when(of.time()) {}

  std::optional<nanoseconds> server;
  nanoseconds ran;
  nanoseconds spun;
  std::uint64_t turns;
  std::uint64_t right;
  std::uint64_t came;
  monotonic_time when;
};

void note_window(report& seen, const moment& began, const moment& ended) {
  seen.span = {began.when, ended.when};
  seen.seconds = seconds(ended.when - began.when).count();
  seen.cpu_seconds = seconds(ended.ran - began.ran).count();
  seen.spun_seconds = seconds(ended.spun - began.spun).count();
  const double worked = std::max(seen.cpu_seconds - seen.spun_seconds, 0.0);
  seen.threads.push_back({.busy = seen.seconds > 0 ? worked / seen.seconds : 0,
                          .came = ended.came - began.came,
                          .turns = ended.turns - began.turns});
  seen.right_within = ended.right - began.right;
  if (began.server && ended.server) {
    seen.server_seconds = seconds(*ended.server - *began.server).count();
  }
}

}  // namespace

report measure(generator& of, const options& asked, monotonic_time start, bool watches) {
  const bool warms_up = asked.warm_up.count() > 0;
  if (warms_up) {
    of.begin_plan(start);
    of.run_until(start + asked.warm_up);
  }
  const moment began(of, asked, watches);
  if (!warms_up) of.begin_plan(began.when);
  const monotonic_time end = asked.count == 0 ? began.when + asked.duration : never;
  of.begin_counting(began.when, end);
  of.run_until(end);
  const moment ended(of, asked, watches);
  const bool interrupted = of.stopped();
  of.wait_for_the_rest();

  report seen;
  of.tell(seen);
  note_window(seen, began, ended);
  // A count is of the requests that were asked in the window. What came in it to those of a closed
  // loop's warm-up is beyond.
  if (asked.count != 0 && !asked.open_loop()) seen.right_within = seen.total.answers;
  seen.interrupted = interrupted;
  return seen;
}

}  // namespace shoal::load
