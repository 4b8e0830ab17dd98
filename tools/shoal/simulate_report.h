// What `shoal simulate` says. No input or output.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/simulation.h"

namespace shoal::tool {

struct simulated {
  std::optional<dispatch::policy_kind> kind;  ///< nothing: the central queue
  dispatch::simulation_result result;
};

struct simulation_report {
  dispatch::simulation_setup setup;
  std::string mix;                 ///< as it was given
  std::vector<simulated> figures;  ///< the central queue first
};

/// The part of the time that the average worker is busy.
[[nodiscard]] double load_of(const dispatch::simulation_setup& setup) noexcept;

[[nodiscard]] std::string_view name_of(dispatch::choice client) noexcept;
[[nodiscard]] std::string_view name_of(dispatch::takeover moves) noexcept;
[[nodiscard]] std::string_view name_of(dispatch::forecast said) noexcept;

/// What was simulated, a table, and what makes the figures doubtful.
[[nodiscard]] std::string to_table(const simulation_report& report);

/// One object on one line, without a newline. Latencies are in milliseconds.
[[nodiscard]] std::string to_json(const simulation_report& report);

}  // namespace shoal::tool
