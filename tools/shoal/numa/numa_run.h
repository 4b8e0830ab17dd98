// `shoal numa` as a whole: measures part after part, and keeps what there is.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "numa/plan.h"
#include "numa/study.h"
#include "topology/cpu_list.h"

namespace shoal::numa {

struct numa_run {
  plan what;
  topology::cpu_list cores;  ///< that may be used
  std::string directory;     ///< for results.json and report.html
};

enum class ending : std::uint8_t {
  done,
  nothing,      ///< no part could measure anything
  ended_early,  ///< a part has failed
  interrupted,
};

struct numa_end {
  ending how = ending::nothing;
  study found;
  std::uint64_t wrong = 0;  ///< answers of servers, of all measurements
  std::string unwritten;    ///< why results or report could not be written; "": they are
};

/// Makes the directory and measures. results.json is written after each part and each round of the
/// server's, so that not even SIGKILL loses more. Errors: the directory holds results already or
/// cannot be made; the machine cannot be read. Nothing has been measured then.
[[nodiscard]] result<numa_end> carry_out(const numa_run& run);

}  // namespace shoal::numa
