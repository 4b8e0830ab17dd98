// Which cores serve and which ones ask.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "topology/cpu_list.h"
#include "topology/machine.h"

namespace shoal::bench {

/// A server of one worker has the first of its cores, and is asked by the first of the others; a
/// cluster and its generator have all of them.
struct bench_cores {
  topology::cpu_list server{0};
  topology::cpu_list generator{1};
};

/// Of `able`: of physical cores one each, or of four and more half of them each, 16 at most.
/// Errors: there is one only, on which nobody can tell the server's time from the generator's.
[[nodiscard]] result<bench_cores> choose_cores(const topology::machine& machine,
                                               const topology::cpu_list& able);

/// Where the other side is on another machine: as many of `able` as above, or its only one.
[[nodiscard]] topology::cpu_list choose_own_cores(const topology::machine& machine,
                                                  const topology::cpu_list& able);

/// "0,1" or "0-1,2-3": the server's and the generator's. Errors: it is something else, or names a
/// core that is not in `able`, or one core twice.
[[nodiscard]] result<bench_cores> parse_cores(std::string_view text,
                                              const topology::cpu_list& able);

/// "2" or "2-3". Errors as above.
[[nodiscard]] result<topology::cpu_list> parse_range(std::string_view text,
                                                     const topology::cpu_list& able);

/// Whether the server's first core and the generator's are hardware threads of one physical core:
/// what one does slows the other. A warning then, "" else. Errors: they are, and `able` has another
/// core for one of them. Reads <root>/sys.
[[nodiscard]] result<std::string> check_threads(const bench_cores& cores,
                                                const topology::cpu_list& able,
                                                const std::string& root = "");

/// Those that this process may run on.
[[nodiscard]] topology::cpu_list able_cores();

}  // namespace shoal::bench
