// Whole files of text, and the one that is stdout.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::bench {

/// What was there before stays until the new text is there in full: by way of a file beside it,
/// PATH.partial, which is gone afterwards in any case.
[[nodiscard]] result<void> write_file(const std::string& path, std::string_view text);

/// No more than half a gibibyte.
[[nodiscard]] result<std::string> read_file(const std::string& path);

/// To stdout, at once: a full disk or a pipe that nobody reads is an error.
[[nodiscard]] result<void> print(std::string_view text);

}  // namespace shoal::bench
