// Error answers that the engine makes itself.
#pragma once

#include <string_view>

#include "shoal/http/context.h"
#include "shoal/http/response.h"

namespace shoal::http {

/// For a status that may have no name in shoal::status. A request id, if there is one, is told.
[[nodiscard]] response problem_answer(int status, std::string_view detail = {},
                                      std::string_view request_id = {});

/// In a catch block: what was thrown while `c` was served, as an answer. http_error says what it
/// wants; anything else is logged and becomes 500 with the request's id. The one place that does
/// this.
[[nodiscard]] response failure_answer(context& c);

/// In a catch block: says in the log what has failed while `c` was served.
void log_failure(context& c, std::string_view what);

}  // namespace shoal::http
