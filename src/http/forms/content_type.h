// What a request says that its body is.
#pragma once

#include <string>
#include <string_view>

#include "shoal/http/context.h"

namespace shoal::http {

/// The Content-Type field; empty if there is none. Throws http_error 400 for more than one: which
/// of them counts would be a matter of taste, and of the proxy in front.
[[nodiscard]] std::string_view content_type_of(const context& c);

/// "text/plain" of "Text/Plain; charset=utf-8", as sent.
[[nodiscard]] std::string_view essence_of(std::string_view content_type) noexcept;

/// Whether it is `wanted`, whatever its parameters and the case of its letters.
[[nodiscard]] bool is_media_type(std::string_view content_type, std::string_view wanted) noexcept;

/// application/json or anything with the suffix +json (RFC 6839).
[[nodiscard]] bool is_json(std::string_view content_type) noexcept;

/// The boundary of a multipart/form-data type. Throws http_error 415 for another type, and 400 for
/// a boundary that RFC 2046 does not allow, none, or two.
[[nodiscard]] std::string boundary_of(std::string_view content_type);

}  // namespace shoal::http
