#pragma once

#include <string_view>

#include "shoal/http/response.h"
#include "shoal/http/status.h"

namespace shoal {

/// An error answer as application/problem+json (RFC 9457): type, title, status and, where it is not
/// empty, `detail`, which is for the client's eyes. All errors that the server answers by itself,
/// and those of http_error, look like this.
[[nodiscard]] response problem(status code, std::string_view detail = {});

}  // namespace shoal
