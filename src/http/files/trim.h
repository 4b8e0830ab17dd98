#pragma once

#include <string_view>

#include "http/chars.h"

namespace shoal::http {

/// Without the blanks before and behind it, as the lists of RFC 9110 5.6.1 have them.
[[nodiscard]] inline std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace shoal::http
