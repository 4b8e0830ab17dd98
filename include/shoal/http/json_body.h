#pragma once

#include <cstdint>
#include <string>

#include "shoal/coro/task.h"

namespace shoal {

class context;

/// How deep arrays and objects of a JSON body may lie in each other. Readers of JSON, and what uses
/// their trees, recurse: a megabyte of "[" is the end of a stack.
inline constexpr unsigned json_depth_max = 64;

/// The request's body as JSON text, for a library of the reader's choice (shoal/http/nlohmann.h is
/// the adapter to one). Its type and its depth have been checked, its syntax has not.
///
/// Errors    http_error 415 unless the Content-Type is application/json or ends with +json; 400
///           beyond the depth; 413 and 400 as context::body()
/// Lifetime  the context outlives the task
[[nodiscard]] task<std::string> json_body(context& c);
[[nodiscard]] task<std::string> json_body(context& c, std::uint64_t limit_bytes);

}  // namespace shoal
