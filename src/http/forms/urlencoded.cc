#include "http/forms/urlencoded.h"

#include <algorithm>

#include "http/chars.h"

namespace shoal::http {

bool next_urlencoded(std::string_view& text, urlencoded_field& field) noexcept {
  const auto begin = std::min(text.find_first_not_of('&'), text.size());
  text.remove_prefix(begin);
  if (text.empty()) return false;
  const auto whole = text.substr(0, text.find('&'));
  text.remove_prefix(whole.size());
  const auto equals = std::min(whole.find('='), whole.size());
  field.name = whole.substr(0, equals);
  field.value = whole.substr(std::min(equals + 1, whole.size()));
  return true;
}

bool append_urldecoded(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return false;
      c = static_cast<char>(hex_value(text[at + 1]) << 4 | hex_value(text[at + 2]));
      at += 2;
    }
    if (c == '\0') return false;
    out.push_back(c);
  }
  return true;
}

}  // namespace shoal::http
