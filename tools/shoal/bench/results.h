// What `shoal bench` has measured, as plain data: the runner fills it, results.json is it, and
// verdicts, reports and comparisons read nothing else.
//
// Two contenders are compared under one load at a time (a point). Each measurement has a server
// process of its own. The two of a pair follow each other closely, and the order changes from pair
// to pair (A B, B A, ...), so that what drifts on the machine meets both alike: only ratios within
// a pair are evidence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::bench {

/// Upper ends of buckets in nanoseconds and how many fell into each, upwards; three digits.
using latencies = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// The load of a point.
struct load_shape {
  unsigned connections = 64;
  unsigned pipeline = 1;
  unsigned requests_each = 0;   ///< for a connection, then it is closed; 0: no limit
  unsigned body_bytes = 13;     ///< of each answer
  unsigned work_us = 0;         ///< that the handler computes for
  unsigned work_percent = 100;  ///< of the requests; the others compute nothing
  double rate = 0;              ///< requests a second by the clock; 0: closed loop
  double share = 0;  ///< which share of the slower contender's capacity `rate` is; 0: none
};

/// One server process under one load. Negative: not known of this contender.
struct measurement {
  double seconds = 0;  ///< measured
  std::uint64_t answers = 0;
  std::uint64_t errors = 0;  ///< wrong or missing answers, broken connections
  latencies latency;         ///< from the planned time in an open loop

  // The server's processes, within the window.
  double server_seconds = -1;  ///< of CPU time
  double system_calls = -1;    ///< made by its drivers; no counters but ours tell
  double turns = -1;           ///< of its loops
  double completions = -1;     ///< outcomes that the drivers delivered
  double switches = -1;        ///< context switches, both kinds
  double resident_bytes = -1;  ///< at the end

  // The whole machine and the generator.
  double machine_seconds = 0;      ///< CPU time of everybody, of all cores
  double steal_share = 0;          ///< of all cores' time, taken by the hypervisor
  double generator_busy = 0;       ///< share of its busiest core
  double send_lag_ns = 0;          ///< median of how late it sent; 0 in a closed loop
  bool generator_limited = false;  ///< it says that it was the limit itself
  bool behind = false;             ///< less was answered than an open loop has offered
};

/// `a` and `b` as the point names them, whichever was first.
struct measured_pair {
  measurement a;
  measurement b;
};

/// What a point is for; reports group by it.
enum class purpose : std::uint8_t {
  noise,       ///< A against A: what this machine cannot tell apart
  throughput,  ///< closed loop: how much each can do
  latency,     ///< open loop at a share of the slower one's capacity
  cost,        ///< open loop at equal rates: CPU and system calls for a request
  ablation,    ///< one feature of a driver taken away
  memory,      ///< idle connections
  dispatch,    ///< how connections find their worker
};

struct point {
  purpose why = purpose::throughput;
  std::string a;  ///< names of contenders: "uring", "epoll", "asio", "nginx", "uring without NAME"
  std::string b;
  load_shape load;
  std::vector<measured_pair> pairs;
  unsigned repeated = 0;  ///< pairs thrown away: steal, or the generator was the limit
};

/// One line about the machine or the program: {"kernel", "6.18.4"}.
using fact = std::pair<std::string, std::string>;

/// The name of the fact that says how many workers a cluster has, and on which cores.
inline constexpr std::string_view cluster_fact = "a cluster's workers";

struct results {
  std::string plan;            ///< "quick", "standard", "full" or the file's name
  std::string began;           ///< UTC, RFC 3339
  double seconds = 0;          ///< that it took
  bool complete = true;        ///< false: it was interrupted, or ended by a failure
  std::string ended_by;        ///< why, if not complete
  std::vector<fact> machine;   ///< CPU, kernel, mitigations, sysctls, compiler, flags, commit
  double system_call_ns = -1;  ///< measured here, for the reasons
  double wake_ns = -1;         ///< from one thread to another that sleeps
  std::vector<point> points;
};

}  // namespace shoal::bench
