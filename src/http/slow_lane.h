// Requests whose handlers are known to hold their worker for long (route_costs.h) each get a turn
// of their own, two turns after they were seen. By then all that was answered beside them has left
// and lies idle, so others can take it while the handler runs; and so can they take those that
// still wait here, with their requests. In a turn together they would run one behind the other, and
// lock in whoever was served in it.
#pragma once

#include "base/intrusive_list.h"
#include "io/loop.h"

namespace shoal::http {

class connection;

/// Threads: the loop's. Nothing here allocates.
class slow_lane final : private io::runnable {
 public:
  /// `home`: the list that connections are in when they do not wait here.
  slow_lane(io::loop& runs_on, intrusive_list<connection>& home) noexcept;
  ~slow_lane();
  slow_lane(const slow_lane&) = delete;
  slow_lane& operator=(const slow_lane&) = delete;

  /// connection::take_turn() follows, unless it leaves before.
  void enter(connection& who) noexcept;
  void leave(connection& who) noexcept;
  /// All go home without a turn.
  void close() noexcept;

 private:
  void run() noexcept override;

  io::loop& loop_;
  intrusive_list<connection>& home_;
  intrusive_list<connection> fresh_;  ///< came in this turn
  intrusive_list<connection> next_;   ///< in the last one
  intrusive_list<connection> due_;
};

}  // namespace shoal::http
