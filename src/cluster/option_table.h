// Every option once: its name, its help, how it is read and how it is shown. Flags, environment,
// --help and the check of what code has set all come from this table.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "shoal/cluster/options.h"

namespace shoal::cluster {

struct option_spec {
  std::string_view name;        ///< "max-body": the flag is --max-body, the variable SHOAL_MAX_BODY
  std::string_view value_name;  ///< "SIZE"
  std::string_view help;
  bool repeatable;  ///< values add up; a comma separates them in one text

  /// The value as set() takes it.
  std::string (*show)(const options&);
  /// Changes nothing on error. The error says what would have been right, not what was given.
  result<void> (*set)(options&, std::string_view text);
};

[[nodiscard]] std::span<const option_spec> option_table() noexcept;

/// "SHOAL_MAX_BODY" for "max-body".
[[nodiscard]] std::string environment_name(std::string_view option_name);

/// Whether every value could have been given as a flag, and fits the others. For values from code,
/// which nobody has read yet.
[[nodiscard]] result<void> check_options(const options&);

/// Whether values that are right each for itself fit each other.
[[nodiscard]] result<void> check_together(const options&);

}  // namespace shoal::cluster
