#pragma once

#include <string_view>

namespace shoal::http {

/// Whether a request may name a file below a root. `sent` is the path as it came, `decoded` what is
/// left for the root of it, decoded once.
///
/// Not with "." and ".." or empty segments, however they were written: a client's library resolves
/// them before it asks. Not with an encoded slash or backslash, of which two servers make two
/// different things. Not with a NUL, or a control character. Names that begin with a dot only if
/// `dot_files`, but for ".well-known" (RFC 8615).
[[nodiscard]] bool is_safe_path(std::string_view sent, std::string_view decoded,
                                bool dot_files) noexcept;

}  // namespace shoal::http
