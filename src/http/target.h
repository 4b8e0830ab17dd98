// The four forms of a request target (RFC 9112 section 3.2).
#pragma once

#include "http/parser.h"

namespace shoal::http {

/// Sets path, query and host of a head whose verb and target are known; `question` is the offset of
/// the target's first question mark, or its end. False: not a form that this method may have.
///
/// origin     "/p?q"           any method but CONNECT
/// absolute   "http://h/p?q"   any method but CONNECT; h becomes the host; an empty path is "/"
/// authority  "h:1"            CONNECT; path stays empty
/// asterisk   "*"              OPTIONS
[[nodiscard]] bool split_target(head& out, std::size_t question) noexcept;

}  // namespace shoal::http
