// Asks a server by the clock and takes the time from when each request was due, whatever the server
// does meanwhile: one that stalls is asked no less often, and what it keeps waiting counts in full
// (no coordinated omission).
//
// One thread on epoll of its own. It stands apart from the project's loop and drivers, since it
// measures what these do with connections.
#pragma once

#include <deque>
#include <memory>

#include "base/descriptor.h"
#include "base/result.h"
#include "open/client.h"
#include "open/open_options.h"
#include "open/open_report.h"
#include "open/timetable.h"

namespace shoal::open {

class open_generator final {
 public:
  /// Pins the thread and opens the connections. `asked` must outlive it.
  [[nodiscard]] static result<std::unique_ptr<open_generator>> make(const options& asked);

  /// Warms up, measures, and waits for what is still out.
  [[nodiscard]] report run();

 private:
  open_generator(const options& asked, descriptor poller);

  [[nodiscard]] result<void> open_connections();
  void run_until(monotonic_time end, bool measured);
  void wait_for_the_rest();
  void turn(monotonic_time until);
  void plan_what_is_due(monotonic_time now, bool measured);
  void give(const request& next);
  [[nodiscard]] client& choose();
  void look_after(monotonic_time now);

  const options& asked_;
  descriptor poller_;
  crowd crowd_;
  std::deque<client> clients_;
  timetable timetable_;
  deck deck_;
  load::histogram lateness_;
  monotonic_time due_{};        // when the next request is to leave
  monotonic_time next_look_{};  // for what is too old
};

}  // namespace shoal::open
