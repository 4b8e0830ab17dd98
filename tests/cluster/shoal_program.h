// The operator's program, asked about a running cluster.
#pragma once

#include <string>

namespace shoal::cluster {

struct told {
  int exit_code = -1;
  std::string text;  ///< stdout and stderr
};

[[nodiscard]] told run_shoal(const std::string& arguments);

/// Asks until the answer holds `text`; the last answer.
[[nodiscard]] told run_shoal_until(const std::string& arguments, const std::string& text);

}  // namespace shoal::cluster
