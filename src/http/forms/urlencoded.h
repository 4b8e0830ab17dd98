// application/x-www-form-urlencoded, as sent by browsers and in queries: fields joined by '&',
// name and value by '=', a blank as '+' and any byte as %XX. Everything here is pure.
#pragma once

#include <string>
#include <string_view>

namespace shoal::http {

/// A name and a value as they were sent.
struct urlencoded_field {
  std::string_view name;
  std::string_view value;
};

/// Takes the next field off the front of `text`, skipping empty ones. False: there is none.
[[nodiscard]] bool next_urlencoded(std::string_view& text, urlencoded_field& field) noexcept;

/// Appends what `text` means. False: a broken escape or a NUL, encoded or not; `out` is undefined.
[[nodiscard]] bool append_urldecoded(std::string& out, std::string_view text);

}  // namespace shoal::http
