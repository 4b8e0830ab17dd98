// Every option once: its name, its help, how it is read and how it is shown, and when a new value
// counts. Flags, environment, configuration file, --help and the check of what code has set all
// come from this table.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "shoal/cluster/options.h"

namespace shoal::cluster {

/// What its value is. A file may say numbers, switches and lists in TOML's own way.
enum class value_kind : unsigned char { number, size, time, name, path, on_off, addresses, names };

/// What it takes for a new value to count, least first.
enum class option_effect : unsigned char {
  at_once,           ///< the supervisor alone reads it
  in_new_processes,  ///< node processes read it when they are forked
  at_start           ///< sockets, slots and what steers connections are made from it
};

struct option_spec {
  std::string_view name;  ///< "max-body": the flag is --max-body, the variable SHOAL_MAX_BODY
  value_kind kind;
  option_effect effect;
  std::string_view help;

  /// The value as set() takes it.
  std::string (*show)(const options&);
  /// Changes nothing on error. The error says what would have been right, not what was given.
  result<void> (*set)(options&, std::string_view text);

  /// Values add up; a comma separates them in one text.
  [[nodiscard]] constexpr bool repeatable() const noexcept {
    return kind == value_kind::addresses || kind == value_kind::names;
  }
};

[[nodiscard]] std::span<const option_spec> option_table() noexcept;

/// Its place in the table.
[[nodiscard]] std::optional<std::size_t> find_option(std::string_view name) noexcept;

/// "SIZE", as --help writes it.
[[nodiscard]] std::string_view name_of(value_kind) noexcept;

/// "at once", "new processes" or "new start".
[[nodiscard]] std::string_view name_of(option_effect) noexcept;

/// "SHOAL_MAX_BODY" for "max-body".
[[nodiscard]] std::string environment_name(std::string_view option_name);

/// Whether every value could have been given as a flag, and fits the others. For values from code,
/// which nobody has read yet.
[[nodiscard]] result<void> check_options(const options&);

/// Whether values that are right each for itself fit each other.
[[nodiscard]] result<void> check_together(const options&);

}  // namespace shoal::cluster
