// nlohmann::json in and out. The one header of shoal that needs something from elsewhere: whoever
// includes it has nlohmann/json.hpp (Debian: nlohmann-json3-dev, 3.9 or later).
//
//   app.post<"/users">([](shoal::context& c) -> shoal::task<nlohmann::json> {
//     auto user = co_await shoal::read_json<user_input>(c);   // has a from_json beside it
//     co_return nlohmann::json{{"name", user.name}};
//   });
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "shoal/coro/task.h"
#include "shoal/http/error.h"
#include "shoal/http/json_body.h"
#include "shoal/http/response.h"

namespace shoal {
namespace detail {

/// "[json.exception.type_error.302] type must be string" without the bracket, and never long: it
/// may quote what the client has sent.
inline std::string json_problem(std::string_view what) {
  constexpr std::size_t bytes_max = 200;
  if (const auto end = what.find("] "); what.starts_with('[') && end != std::string_view::npos)
    what.remove_prefix(end + 2);
  return std::string(what.substr(0, bytes_max));
}

template <typename T>
T from_json_text(const std::string& text) {
  nlohmann::json document;
  try {
    document = nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception& e) {
    throw http_error(status::bad_request, json_problem(e.what()));
  }
  if constexpr (std::is_same_v<T, nlohmann::json>) {
    return document;
  } else {
    try {
      return document.get<T>();
    } catch (const nlohmann::json::exception& e) {
      throw http_error(status::unprocessable_content, json_problem(e.what()));
    }
  }
}

template <typename T>
task<T> from_json_body(task<std::string> body) {
  const std::string text = co_await std::move(body);
  co_return from_json_text<T>(text);
}

}  // namespace detail

/// The request's body as a T, by its from_json.
///
/// Errors    http_error 415 and 413 as json_body(); 400 for what is no JSON, with line and column;
///           422 for what from_json refuses (a key that is missing, a wrong type), and what it
///           throws itself. Of a key that occurs twice the last one counts. The library makes any
///           number of any other, whatever gets lost, and 1e99 as an int is undefined behaviour:
///           a from_json that wants an integer asks is_number_integer() and looks at the range
/// Lifetime  the context outlives the task
template <typename T = nlohmann::json, typename... LimitBytes>
  requires(sizeof...(LimitBytes) <= 1)
[[nodiscard]] task<T> read_json(context& c, LimitBytes... limit_bytes) {
  return detail::from_json_body<T>(json_body(c, limit_bytes...));
}

}  // namespace shoal

namespace nlohmann {

/// Lets a handler return nlohmann::json. Text that is not UTF-8 gets replacement characters.
inline shoal::response to_response(const json& document) {
  return shoal::response::json(document.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace nlohmann
