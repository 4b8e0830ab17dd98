// Which core serves and which one asks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::bench {

struct two_cores {
  unsigned server = 0;
  unsigned generator = 1;
};

/// Two of `able`, of two physical cores if there are. Errors: there is one only, on which nobody
/// can tell the server's time from the generator's.
[[nodiscard]] result<two_cores> choose_cores(const topology::machine& machine,
                                             const topology::cpu_list& able);

/// "0,1": the server's and the generator's. Errors: it is something else, or names a core that is
/// not in `able`, or one core twice.
[[nodiscard]] result<two_cores> parse_cores(std::string_view text, const topology::cpu_list& able);

/// Those that this process may run on.
[[nodiscard]] topology::cpu_list able_cores();

}  // namespace shoal::bench
