// A virtual cluster: the policies of this layer on workers that serve first come first served, with
// arrivals and service times from a seed, so that a policy can be judged before there are 64 cores
// to try it on. Beside it, with the very same arrivals, the queue that no cluster can beat: one for
// all.
//
// A worker works in turns. When it is free, it takes in hand what waits (a driver delivers all that
// is readable at once), serves that and looks again. A connection has one request in service at a
// time, whoever serves it. Requests come in an open loop: a slow answer delays no later request,
// and the latency counts from the arrival.
#pragma once

#include <cstdint>
#include <optional>

#include "dispatch/policy.h"
#include "dispatch/simulation_load.h"

namespace shoal::dispatch {

/// What idle workers do for one whose turn lasts.
enum class takeover {
  off,
  lend,  ///< serve a request that waits there; the connection goes back
  keep,  ///< and the connection stays with the taker
};

/// What a worker says of its work: requests in its hands and open connections, each of which may
/// send one, times the time that a request takes ...
enum class forecast {
  count,    ///< ... on average over all workers
  average,  ///< ... on the worker's own moving average
  oracle,   ///< what its requests really will take: no server knows it; the bound for all forecasts
};

/// Which of its connections a client takes for a request.
enum class choice {
  own,    ///< a random one, whose queue it joins: each connection is a client of its own
  idle,   ///< a random one on which nothing is out, as from a pool; without one, as `own`
  turns,  ///< one after another
};

struct simulation_setup {
  service_mix mix{{service_kind{}}};
  unsigned workers = 8;
  double requests_per_ms = 1;
  unsigned burst = 1;  ///< so many arrive together, at moments that are random
  std::uint64_t requests = 400'000;
  std::uint64_t seed = 1;

  unsigned connections = 0;  ///< 0: a connection for each request
  choice client = choice::idle;
  unsigned requests_per_connection = 0;  ///< then another takes its place; 0: never
  double hot_share = 0;                  ///< this part of the connections
  double hot_factor = 1;                 ///< sends so much more than the others

  double report_age_ms = 0;  ///< between two reports of all workers; 0: what is said is true now
  bool count_given = true;   ///< the chooser counts what it gave since the last report
  double stall_ms = 0;  ///< nothing for a worker in a longer turn, while others can; 0: no limit
  forecast what_is_said = forecast::count;
  double memory = 512;  ///< requests that the moving average is over

  takeover moves = takeover::off;
  double lend_after_ms = 1;    ///< a turn as long as this lets others in
  double move_cost_ms = 0.02;  ///< for the taker, each time
  unsigned batch = 0;          ///< connections in hand at most; 0: all that wait
};

struct latencies {
  std::uint64_t count = 0;
  double p50_ms = 0;
  double p99_ms = 0;
  double p999_ms = 0;
};

struct simulation_result {
  latencies all;
  latencies light;        ///< of the kind that takes the least time
  double spread = 0;      ///< the busiest worker's time in service over the average
  double taken_over = 0;  ///< the part of the requests that another worker served
};

/// Nothing for a policy: the central queue. The first twentieth of the requests is not counted,
/// since the cluster begins empty. Costs about a microsecond for a request and a worker in eight.
[[nodiscard]] simulation_result simulate(const simulation_setup& setup,
                                         std::optional<policy_kind> kind);

}  // namespace shoal::dispatch
