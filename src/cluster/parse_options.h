// From code, environment and flags to one set of options.
#pragma once

#include <span>
#include <string>

#include "shoal/cluster/options.h"

namespace shoal::cluster {

struct parsed_options {
  enum class next : unsigned char {
    run,    ///< `values` are complete and checked
    show,   ///< print `text` to stdout and exit with 0: --help, --version
    refuse  ///< print `text` to stderr and exit with exit_usage
  };
  next what = next::run;
  options values;
  std::string text;
};

/// What an environment says about a name; nullptr if nothing. In programs: ::getenv.
using environment = const char* (*)(const char* name);

/// Flags win over the environment, the environment over `code`. argv[0] names the program.
[[nodiscard]] parsed_options parse_options(const options& code, std::span<const char* const> argv,
                                           environment get);

}  // namespace shoal::cluster
