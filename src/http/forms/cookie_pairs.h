// The Cookie field of a request (RFC 6265 4.2), read as leniently as browsers write it: they send
// names that are no tokens, values with blanks, commas and quotation marks, and a cookie without a
// name as a bare value. Nothing else is undone: quotation marks are part of a value, and escapes
// mean what the application makes of them.
#pragma once

#include <string_view>

namespace shoal::http {

struct cookie_pair {
  std::string_view name;
  std::string_view value;
};

/// Takes the next pair off the front of `field`; a cookie without a name is skipped. False: there
/// is none.
[[nodiscard]] bool next_cookie(std::string_view& field, cookie_pair& pair) noexcept;

}  // namespace shoal::http
