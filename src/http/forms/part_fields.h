// The fields before a part's bytes, once they are all there. Pure.
#pragma once

#include <string_view>

#include "shoal/http/multipart_parser.h"

namespace shoal::http {

/// Reads lines that each end with CRLF. Returns what is wrong, or an empty text and `out` is set.
[[nodiscard]] std::string_view parse_part_fields(std::string_view lines, part_head& out);

}  // namespace shoal::http
