// A contender that runs, on this machine or another one: what a measurement wants of it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "bench/counters.h"
#include "bench/process_facts.h"

namespace shoal::bench {

/// What is known of a server at one moment, by the clock of the machine that it runs on.
struct look {
  std::uint64_t at_ns = 0;
  process_use use;
  std::optional<server_counters> counters;  ///< nothing: it has none that tell
  machine_time machine;
};

class measured_process {
 public:
  virtual ~measured_process() = default;  ///< ends it, with all that it has started

  /// Where it answers: "127.0.0.1:4711".
  [[nodiscard]] virtual const std::string& authority() const noexcept = 0;

  /// Errors name the contender, and end with what it has said.
  [[nodiscard]] virtual result<look> look_at() = 0;

  /// Ends it. Errors: it has ended before, and how; as those of look_at().
  [[nodiscard]] virtual result<void> stop() = 0;
};

}  // namespace shoal::bench
