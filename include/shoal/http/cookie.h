#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace shoal {

enum class same_site : std::uint8_t { strict, lax, none };

/// A cookie that a server sets. The defaults are those of a session that scripts and other sites
/// cannot use: change what has to be.
///
///   r.header("Set-Cookie", shoal::set_cookie({.name = "id", .value = token}));
struct cookie {
  std::string name;
  std::string value;
  /// Unset: until the browser ends. Zero or less deletes the cookie.
  std::optional<std::chrono::seconds> max_age;
  std::string path = "/";  ///< empty: the directory of the request's path
  std::string domain;      ///< empty: this host alone, without its subdomains
  bool http_only = true;   ///< out of reach for scripts
  bool secure = true;      ///< over TLS alone (browsers take http://localhost for secure)
  shoal::same_site same_site = shoal::same_site::lax;
};

/// The value of a Set-Cookie field (RFC 6265 4.1).
///
/// Errors    std::invalid_argument, which names the part: a name that is no token; a value with
///           blanks, controls, quotation marks, commas, semicolons, backslashes or bytes above 126
///           (encode it first); a path that does not begin with a slash, or path and domain with
///           what would end them; `none` without `secure`; the prefixes __Secure- and __Host-
///           without what they promise
[[nodiscard]] std::string set_cookie(const cookie& made);

}  // namespace shoal
