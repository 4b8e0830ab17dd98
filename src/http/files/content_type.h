#pragma once

#include <string_view>

namespace shoal::http {

/// The media type of a file by what follows its name's last dot, in any case; "" if that is not
/// known here. Text says that it is UTF-8, which the files of our days are.
[[nodiscard]] std::string_view content_type_of(std::string_view path) noexcept;

/// Whether its bytes become fewer by compression: text and its relatives, not what is packed
/// already. Parameters behind a semicolon do not matter.
[[nodiscard]] bool is_compressible(std::string_view content_type) noexcept;

}  // namespace shoal::http
