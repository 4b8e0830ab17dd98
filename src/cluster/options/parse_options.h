// From a command line to one set of options, and to what is wanted of them.
#pragma once

#include <span>
#include <string>

#include "cluster/options/settings.h"

namespace shoal::cluster {

struct parsed_options {
  enum class next : unsigned char {
    run,         ///< `settled` is complete and checked
    check,       ///< say all that is wrong, with `settled` or with the machine; start nothing
    print_text,  ///< print `settled`
    print_json,
    show,   ///< print `text` to stdout and exit with 0: --help, --version
    refuse  ///< print `text` to stderr, line by line, and exit with `code`
  };
  next what = next::run;
  option_layers layers;  ///< where `settled` comes from, to settle it again
  settings settled;
  std::string text;
  int code = 0;
};

/// Flags win over the environment, the environment over a file (--config, SHOAL_CONFIG), the file
/// over `code`. argv[0] names the program.
[[nodiscard]] parsed_options parse_options(const options& code, std::span<const char* const> argv,
                                           environment get);

}  // namespace shoal::cluster
