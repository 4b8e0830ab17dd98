// Whole files of text. What was there before stays until the new text is there in full.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::bench {

/// By way of a file beside it, PATH.partial, which is gone afterwards in any case.
[[nodiscard]] result<void> write_file(const std::string& path, std::string_view text);

/// No more than half a gibibyte.
[[nodiscard]] result<std::string> read_file(const std::string& path);

}  // namespace shoal::bench
