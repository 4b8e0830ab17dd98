#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace shoal::http {

/// Decodes base64 (RFC 4648 4). Strict: padded, no blanks, no bits left over.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace shoal::http
