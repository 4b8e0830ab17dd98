// What all connections of one server share.
#pragma once

#include <atomic>

#include "base/intrusive_list.h"
#include "http/connection.h"
#include "http/date.h"
#include "http/exchange.h"
#include "http/output.h"
#include "http/route_costs.h"
#include "http/server.h"
#include "http/slow_lane.h"
#include "http/table.h"
#include "http/trial_share.h"
#include "io/loop.h"

namespace shoal::http {

struct server_core {
  server_core(io::loop& runs_on, const route_table& routes, worker& self,
              const server_options& given)
      : loop(runs_on),
        table(routes),
        serving(self),
        options(given),
        lends(given.lends),
        has_homes(given.homes != nullptr || given.packet_homes != nullptr),
        costs(routes.plans, given.executors, given.offload_after) {}

  io::loop& loop;
  const route_table& table;
  worker& serving;
  const server_options options;
  lending* const lends;  ///< nullptr: no connection is ever taken
  const bool has_homes;  ///< a request may belong to another worker

  server_counters counters;
  output_pool outputs;
  exchange_pool exchanges;
  date_line date{options.clock};
  std::atomic<bool> draining{false};  ///< handlers on other threads may ask

  std::atomic<bool> stop_announced{false};  ///< likewise

  bool leaving = false;  ///< all connections are to go elsewhere
  bool resting = false;  ///< likewise, for the time being
  [[nodiscard]] bool sends_away() const noexcept { return leaving || resting; }
  trial_share trial;  ///< some are

  /// A connection's next request may not be ours.
  [[nodiscard]] bool may_send_away() const noexcept {
    return has_homes || sends_away() || trial.is_on();
  }

  shm::worker_tally* also_counts = nullptr;  ///< times of requests, as options.tally does

  route_costs costs;

  /// Requests whose connections go on, or have ended, without them, while something of theirs is
  /// on another thread.
  intrusive_list<suspended_exchange> left_behind;

  /// Scratch for the request that is being parsed and for a handler that is no coroutine.
  head parsed;
  exchange immediate;

  intrusive_list<connection> connections;
  slow_lane slow{loop, connections};

  /// When keys have changed theirs: no connection knows its key's any more.
  void forget_homes() noexcept { homes_mark += 0x9E37'79B9'7F4A'7C15; }
  std::uint64_t homes_mark = 0;  ///< of all that is known of homes now

  /// A connection has closed its socket; it is not to be used any more and is freed after this
  /// turn's outcomes, since its own code may still be on the stack.
  virtual void retire(connection& closed) noexcept = 0;

  /// It has left its socket, which is to go on elsewhere; retire() follows.
  virtual void departed(moved_connection&& moved) noexcept = 0;

  /// Bytes came for a connection that another loop serves: they are lost to it, so it has to end.
  virtual void misread(connection& taken) noexcept = 0;

  /// The next request id's number: unpredictable start, one more for each.
  std::uint64_t next_request_id = 0;

 protected:
  ~server_core() = default;
};

}  // namespace shoal::http
