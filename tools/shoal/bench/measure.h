// One measurement: a fresh server on one core, `shoal load` on another, and what both have used.
//
// The server is looked at twice while the load is steady, after the warm-up and shortly before the
// end: what it has done between is scaled to the load's own window by the requests of both, or, of
// a program that does not count them, by time. So neither starting nor ending is part of it, and
// nobody has to meet at a moment.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "bench/measured_process.h"
#include "bench/process_facts.h"
#include "bench/program_output.h"
#include "bench/results.h"

namespace shoal::bench {

struct measuring {
  field_of_play field;
  unsigned generator_cpu = 1;
  double window = 1;  ///< seconds
  double warm_up = 0.25;
};

/// What is known of a server at one moment.
struct look {
  std::uint64_t at_ns = 0;
  process_use use;
  std::optional<server_counters> counters;
  machine_time machine;
};

struct observation {
  measurement measured;
  look before;
  look after;
};

/// Errors name the contender and say what has happened; EINTR if `stop` has said so.
[[nodiscard]] result<observation> observe(const std::string& contender, const load_shape& load,
                                          const measuring& how, const interruption& stop);

/// The words of the generator's command line.
[[nodiscard]] std::vector<std::string> load_command(const load_shape& load, const measuring& how,
                                                    std::uint16_t port);

/// What `seen` lacks, from two looks at the server. The machine's time is without what the
/// generator spun: that would be the same core for every contender.
[[nodiscard]] measurement with_server(const look& before, const look& after,
                                      const seen_by_load& seen) noexcept;

}  // namespace shoal::bench
