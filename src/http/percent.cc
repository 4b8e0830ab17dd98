#include "http/chars.h"
#include "http/router.h"

namespace shoal::http {

std::size_t percent_decode(std::string_view text, char* out) noexcept {
  std::size_t size = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '%') {
      if (text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2]))
        return std::string_view::npos;
      c = static_cast<char>(hex_value(text[at + 1]) << 4 | hex_value(text[at + 2]));
      if (c == '\0') return std::string_view::npos;
      at += 2;
    }
    out[size++] = c;
  }
  return size;
}

}  // namespace shoal::http
