// What a configuration file says: TOML with the names of the flags at its top, and nothing else. A
// text means what it would mean behind the flag; numbers, true and false, and lists may also be
// written as such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cluster/options/option_layers.h"

namespace shoal::cluster {

inline constexpr std::size_t most_config_bytes = 64 * 1024;

struct config_file {
  option_layer says = silent_layer();  ///< what is good of it
  /// All that is wrong, in the order of the file: "shoal.toml:3:1: unknown option wokers; ...".
  std::vector<std::string> problems;
};

/// `name` is the file's, for places.
[[nodiscard]] config_file parse_config(std::string_view text, const std::string& name);

/// A file that cannot be read is a problem too.
[[nodiscard]] config_file load_config(const std::string& path);

}  // namespace shoal::cluster
