// Who says what about options: flags over environment over a file over code. Kept as text, so that
// the layers can be laid over each other again when the file has changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/cluster/options.h"

namespace shoal::cluster {

/// Least first.
enum class option_source : unsigned char { preset, code, file, environment, flag };

/// "default", "code", "file", "environment" or "flag".
[[nodiscard]] std::string_view name_of(option_source) noexcept;

struct option_text {
  std::string text;   ///< as option_spec::set takes it
  std::string where;  ///< "--workers", "SHOAL_WORKERS", "shoal.toml:3:11"
};

/// What one of them says of each option, by its place in option_table().
using option_layer = std::vector<std::optional<option_text>>;

[[nodiscard]] option_layer silent_layer();

/// What an environment says about a name; nullptr if nothing. In programs: from_environment.
using environment = const char* (*)(const char* name);

[[nodiscard]] const char* from_environment(const char* name);

/// Names the file where no flag does.
inline constexpr const char* config_variable = "SHOAL_CONFIG";

[[nodiscard]] option_layer read_environment(environment get);

struct option_layers {
  options code;
  std::string file;  ///< its path; "": none
  option_layer environment = silent_layer();
  option_layer flags = silent_layer();
};

}  // namespace shoal::cluster
