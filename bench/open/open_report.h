// What an open load has shown, and how it is printed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "load/histogram.h"
#include "open/client.h"
#include "open/open_options.h"

namespace shoal::open {

struct report {
  std::vector<class_tally> classes;  ///< of options::classes, in that order
  load::histogram lateness;          ///< of the generator, in coming to what is due
  double seconds = 0;
  std::uint64_t answered_within = 0;  ///< answers that came within the window, whenever due
  std::uint64_t opened = 0;           ///< connections
  std::uint64_t ended = 0;            ///< by the server, with no request out
  std::uint64_t refused = 0;          ///< connections that could not be opened
  double generator_seconds = 0;       ///< CPU time of the generator
  bool log_written = true;            ///< or none was asked for
  double server_seconds = -1;  ///< CPU time of the watched processes; -1: none, or one has gone

  [[nodiscard]] class_tally all() const;  ///< all classes as one
};

/// A table of a few lines.
[[nodiscard]] std::string as_text(const options& asked, const report& seen);

/// One JSON object in one line; latencies in nanoseconds.
[[nodiscard]] std::string as_json(const options& asked, const report& seen);

}  // namespace shoal::open
