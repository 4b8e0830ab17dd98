// What `shoal bench compare` says. No input or output.
#pragma once

#include <string>

#include "bench/change.h"
#include "bench/results.h"

namespace shoal::bench {

/// Two results by name, and what is between them.
struct change_report {
  std::string before_name;
  const results& before;
  std::string after_name;
  const results& after;
  change_options options;
  changes found;
};

/// A block for each point, what differs between the machines, and the sum at the end.
[[nodiscard]] std::string to_text(const change_report& report);

/// One object on one line, without a newline.
[[nodiscard]] std::string to_json(const change_report& report);

}  // namespace shoal::bench
