// A plan that somebody has written, as TOML. docs/bench.md has all keys.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "bench/plan.h"

namespace shoal::bench {

/// `name` is the file's, for errors and for the plan. Errors: all that is wrong, a line each:
/// "plan.toml:3:1: unknown key "conections"; did you mean connections?"
[[nodiscard]] result<plan> parse_plan(std::string_view text, const std::string& name);

[[nodiscard]] result<plan> load_plan(const std::string& path);

}  // namespace shoal::bench
