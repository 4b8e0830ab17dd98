// What a reload would have to do: which options have another value now, and what it takes for that
// to count.
//
//   settings fresh = settle(layers);                     // the file is read again
//   if (!fresh.problems.empty()) ...                     // say them all; the old ones stay
//   for (const auto& c : changes_between(running.values, fresh.values)) ...
#pragma once

#include <string>
#include <vector>

#include "cluster/options/option_table.h"

namespace shoal::cluster {

struct option_change {
  const option_spec* option;  ///< of the table
  std::string before;
  std::string after;
};

/// In the order of the table.
[[nodiscard]] std::vector<option_change> changes_between(const options& before,
                                                         const options& after);

/// The most that any of them takes; at_once if there are none.
[[nodiscard]] option_effect effect_of(const std::vector<option_change>& changes);

/// A line for each: "max-body: 1MiB -> 2MiB (new processes)".
[[nodiscard]] std::string to_text(const std::vector<option_change>& changes);

/// {"takes":"new processes","changes":[{"name":..., "before":..., "after":..., "takes":...}]}
[[nodiscard]] std::string to_json(const std::vector<option_change>& changes);

}  // namespace shoal::cluster
