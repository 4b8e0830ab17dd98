// All that is decided before the first fork. Nobody changes it afterwards, but for the mechanism
// that gives connections to workers, the terms of a generation and who rests: every node process is
// built from the same sheet.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "cluster/control/control_place.h"
#include "cluster/letters/post_office.h"
#include "cluster/listen/listeners.h"
#include "cluster/rights/call_filter.h"
#include "cluster/rights/run_as.h"
#include "cluster/supervisor/canary.h"
#include "cluster/supervisor/duty_roster.h"
#include "cluster/supervisor/launch.h"
#include "cluster/supervisor/lifecycle.h"
#include "cluster/supervisor/recycler.h"
#include "dispatch/steering.h"
#include "http/server.h"
#include "io/open.h"
#include "observe/access_log.h"
#include "observe/overview.h"
#include "shm/load_segment.h"
#include "shm/trial_table.h"
#include "shoal/cluster/options.h"
#include "shoal/http/routes.h"
#include "topology/machine.h"
#include "topology/placement.h"

namespace shoal::cluster {

/// Why connections change their worker, and what is done about workers that are in one turn for
/// long.
struct balance_options {
  nanoseconds lend_after{0};  ///< 0: never
  nanoseconds stall_warn{0};
  nanoseconds hang_timeout{0};
  bool rebalance = false;
  bool rehome = false;  ///< never where all processes live on one NUMA node
};

/// Of each node process.
struct pool_sizes {
  unsigned compute = 0;  ///< 0: as many as its workers have cores
  unsigned blocking = 1;
};

/// What a reload may change. Node processes keep those with which they were forked.
struct generation_terms {
  http::server_options server;
  std::optional<observe::access_log_options> access_log;
  lifecycle_options lifecycle;
  balance_options balance;
  pool_sizes pools;
  recycling_limits recycling;
  trial_terms canary;          ///< of the processes that are to get these terms
  std::optional<run_as> user;  ///< none: they stay who the supervisor is
  call_filter calls;
  log_level log = log_level::info;
  log_format log_as = log_format::text;
  shoal::options said;  ///< what all of it was made from
};

/// Of a program that takes another's place.
struct inheritance {
  descriptor link;                        ///< to the old supervisor
  std::vector<unsigned> generations;      ///< of each process slot the next one's
  std::string old_control{};              ///< the path of a control socket that nobody goes on with
  std::optional<kept_program> program{};  ///< what the old supervisor executes
};

struct blueprint {
  const http::routes& routes;
  const http::route_table& table;
  topology::machine machine;
  topology::placement placement;
  io::driver_kind driver;
  std::string driver_reason;   ///< "auto", "asked for", ...
  generation_terms terms;      ///< the supervisor may change them
  std::vector<int> inherited;  ///< descriptors that were open before ours
  listeners sockets;
  std::vector<std::string> kept;  ///< names of those that the service manager keeps already
  shm::load_segment segment;
  std::optional<post_office> post;  ///< where the app knows messages
  std::optional<control_socket> control;
  std::optional<inheritance> elder;
  launch started;                                ///< how
  std::unique_ptr<dispatch::steering> steering;  ///< the supervisor may change it
  duty_roster roster;                            ///< likewise
  std::shared_ptr<observe::overview> overview;   ///< what any worker can tell of all
  std::shared_ptr<shm::trial_table> trial;       ///< of the reload under way, if it has one

  [[nodiscard]] unsigned processes() const noexcept {
    return static_cast<unsigned>(placement.processes.size());
  }
  [[nodiscard]] unsigned workers_of(unsigned process) const noexcept {
    return static_cast<unsigned>(placement.processes[process].workers.size());
  }
  /// The cluster-wide number of a process's first worker. Slots, sockets and workers share it.
  [[nodiscard]] unsigned first_worker_of(unsigned process) const noexcept {
    unsigned first = 0;
    for (unsigned p = 0; p < process; ++p) first += workers_of(p);
    return first;
  }
};

/// Which life of which node process.
struct process_identity {
  unsigned process = 0;
  unsigned generation = 0;
  unsigned restarts = 0;  ///< after failures; the others were asked for
  bool succeeds = false;  ///< another process serves until this one has been proved
};

}  // namespace shoal::cluster
