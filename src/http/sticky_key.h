// What in a request says to whom it belongs: a field, a cookie, or the client's address as a proxy
// tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/parser.h"

namespace shoal::http {

struct sticky_source {
  enum class kind : std::uint8_t {
    address,    ///< no request says it: the connection does
    header,     ///< the field `name`
    cookie,     ///< the cookie `name`
    forwarded,  ///< the first address in X-Forwarded-For
  };

  kind what = kind::address;
  std::string name;  ///< a field's in lower case
};

/// "address", "forwarded", "header:NAME" or "cookie:NAME".
[[nodiscard]] std::optional<sticky_source> parse_sticky_source(std::string_view text);

/// A hash; 0: the request says nothing. The same in every process that runs this program.
[[nodiscard]] std::uint64_t sticky_key(const head& request, const sticky_source& source) noexcept;

}  // namespace shoal::http
