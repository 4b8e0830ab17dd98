// Settings for people, and for programs: what counts and who said so.
#pragma once

#include <string>

#include "cluster/options/settings.h"

namespace shoal::cluster {

enum class shown_settings : unsigned char {
  all,
  given  ///< without defaults
};

/// A configuration file that says the same, with the origin as comment behind each line:
/// `workers = 2    # shoal.toml:3:1`.
[[nodiscard]] std::string to_text(const settings&, shown_settings which);

/// {"options":[{"name":"workers","value":2,"source":"file","where":"shoal.toml:3:1",
/// "takes":"new start"}]}; `where` is null for default and code, `takes` what a new value would
/// take. A value is a number, true or false, a list or a text, as in the file.
[[nodiscard]] std::string to_json(const settings&, shown_settings which);

}  // namespace shoal::cluster
