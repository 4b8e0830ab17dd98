// One measurement: a fresh server on its cores, `shoal load` on others, of this machine or another
// one, and what both have used.
//
// The server is looked at twice while the load is steady, after the warm-up and a while before the
// end, since a look has to wait behind the load's requests: what it has done between is scaled to
// the load's own window by the requests of both, or, of a program that does not count them, by
// time. So neither starting nor ending is part of it, and nobody has to meet at a moment.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "bench/measured_process.h"
#include "bench/program_output.h"
#include "bench/results.h"
#include "bench/server_host.h"
#include "topology/cpu_list.h"

namespace shoal::bench {

struct measuring {
  server_host* host = nullptr;           ///< outlives what measures
  bool apart = false;                    ///< the host is another machine than this one
  std::string program;                   ///< this one: the generator is a child of it
  topology::cpu_list generator_cpus{1};  ///< the first one, but all against a cluster
  double window = 1;                     ///< seconds
  double warm_up = 0.25;
};

struct observation {
  measurement measured;
  look before;
  look after;
};

/// Errors name the contender and say what has happened: a look at it that came when the load was
/// over, too; EINTR if `stop` has said so.
[[nodiscard]] result<observation> observe(const std::string& contender, const load_shape& load,
                                          const measuring& how, const interruption& stop);

/// The words of the generator's command line, with a thread on each of these cores.
[[nodiscard]] std::vector<std::string> load_command(const load_shape& load, const measuring& how,
                                                    const std::string& authority,
                                                    const topology::cpu_list& cpus);

/// What `seen` lacks, from two looks at the server. The machine's time is without what the
/// generator spun: that would be the same core for every contender.
[[nodiscard]] measurement with_server(const look& before, const look& after,
                                      const seen_by_load& seen) noexcept;

}  // namespace shoal::bench
