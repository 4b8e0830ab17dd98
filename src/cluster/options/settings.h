// The layers laid over each other: what counts, and who said so. A start does it once; whoever
// keeps the layers may do it again when the file has changed, and compare (settings_change.h).
#pragma once

#include <string>
#include <vector>

#include "cluster/options/option_layers.h"

namespace shoal::cluster {

struct option_origin {
  option_source source = option_source::preset;
  std::string where;  ///< as option_text has it; "" for default and code
};

struct settings {
  options values;                      ///< may be used if there are no problems
  std::vector<option_origin> origins;  ///< by place in option_table()
  std::vector<std::string> problems;   ///< all that is wrong, a sentence each
  int code = 0;                        ///< what to end with then: an exit_code
};

/// Reads the file, if there is one, and checks everything. What a file says is checked even where a
/// flag or a variable wins over it; a variable that a flag wins over is not looked at. The code's
/// layer has passed check_options().
[[nodiscard]] settings settle(const option_layers& layers);

}  // namespace shoal::cluster
