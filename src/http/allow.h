#pragma once

#include <cstdint>
#include <string>

#include "shoal/http/method.h"

namespace shoal::http {

/// Every method that a route can have, as route_match::allowed has them. CONNECT has no path, so it
/// has none.
inline constexpr std::uint16_t all_methods =
    ((1U << method_count) - 1) & ~(1U << static_cast<unsigned>(method::connect));

/// "GET, HEAD, OPTIONS": the value of an Allow field.
[[nodiscard]] inline std::string allow_list(std::uint16_t allowed) {
  std::string list;
  for (int i = 0; i < method_count; ++i) {
    if ((allowed & (1U << i)) == 0) continue;
    if (!list.empty()) list += ", ";
    list += to_string(static_cast<method>(i));
  }
  return list;
}

}  // namespace shoal::http
