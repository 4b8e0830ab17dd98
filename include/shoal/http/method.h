#pragma once

#include <cstdint>
#include <string_view>

namespace shoal::http {

/// The methods that a route can name. A request with any other valid token is answered with 501.
enum class method : std::uint8_t {
  get,
  head,
  post,
  put,
  patch,
  del,
  options,
  connect,
  trace,
  other
};

inline constexpr int method_count = 9;  ///< without `other`

/// "GET", ...; "" for `other`.
[[nodiscard]] std::string_view to_string(method) noexcept;

/// Exact, case-sensitive. `other` for what it does not know.
[[nodiscard]] method parse_method(std::string_view) noexcept;

}  // namespace shoal::http
