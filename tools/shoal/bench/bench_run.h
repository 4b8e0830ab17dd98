// `shoal bench` as a whole: looks whether it can be done, measures, and keeps what there is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/plan.h"
#include "bench/schedule.h"
#include "bench/server_host.h"
#include "topology/cpu_list.h"

namespace shoal::bench {

struct bench_run {
  plan what;
  std::unique_ptr<server_host> host;  ///< where contenders run
  std::string server;                 ///< "HOST:PORT" of its agent; "": it is this machine
  topology::cpu_list generator_cpus;
  std::vector<std::string> welcome;  ///< contenders that nobody has asked for
  std::string directory;             ///< for results.json and report.html
};

struct bench_end {
  outcome how = outcome::nothing;
  results measured;
  std::uint64_t wrong = 0;  ///< answers, of all measurements
  std::string unwritten;    ///< why results or report could not be written; "": they are
  /// Of the machine's time: what others have used meanwhile. 0 with two machines, where interrupts
  /// of the network card cannot be told from it.
  double others = 0;
};

/// Makes the directory, and takes those out of the plan who are only welcome and do not start.
/// Errors: it holds results already, or cannot be made; a descriptor limit that is below what the
/// plan wants; a contender that does not start or answers with other bytes; a host that is lost;
/// EINTR. Nothing has been measured then.
[[nodiscard]] result<void> prepare(bench_run& run);

/// results.json is written after each round, so that not even SIGKILL loses more than one. Errors:
/// it could not begin.
[[nodiscard]] result<bench_end> carry_out(const bench_run& run);

/// "shoal-bench-20261129-155612", by UTC: where results go if nobody says.
[[nodiscard]] std::string dated_directory(const std::string& command);

/// For results.json and what stands beside it. Errors: it holds results already, cannot be made or
/// not be written to.
[[nodiscard]] result<void> make_results_directory(const std::string& path);

}  // namespace shoal::bench
