#include "settle_here.h"

#include <cstdio>

namespace shoal::tool {

std::optional<cluster::settings> settle_here(const std::string& file) {
  const char* const named = cluster::from_environment(cluster::config_variable);
  auto settled =
      cluster::settle({.code = {},
                       .file = file.empty() && named != nullptr ? named : file,
                       .environment = cluster::read_environment(cluster::from_environment)});
  for (const auto& problem : settled.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!settled.problems.empty()) return std::nullopt;
  return settled;
}

}  // namespace shoal::tool
