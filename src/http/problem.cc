#include "http/problem.h"

#include <exception>
#include <string>

#include "base/json_writer.h"
#include "base/log.h"
#include "shoal/compute/offload.h"
#include "shoal/http/error.h"
#include "shoal/http/problem.h"

namespace shoal {

response problem(status code, std::string_view detail) {
  return http::problem_answer(static_cast<int>(code), detail);
}

namespace http {
namespace {

/// What a client chose, or a library said, in a line of the log: nothing in it ends the line.
std::string quoted(std::string_view text) {
  std::string safe;
  append_json_string(safe, text);
  return safe;
}

}  // namespace

response problem_answer(int status, std::string_view detail, std::string_view request_id) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", reason_phrase(status));
  json.member("status", status);
  if (!detail.empty()) json.member("detail", detail);
  if (!request_id.empty()) json.member("request_id", request_id);
  json.end_object();
  text.push_back('\n');
  auto made = response::json(std::move(text));
  made.set_status(static_cast<shoal::status>(status))
      .header("Content-Type", "application/problem+json");
  return made;
}

void log_failure(context& c, std::string_view what) {
  std::string why = "something that is no std::exception";
  try {
    throw;
  } catch (const std::exception& e) {
    why = quoted(e.what());
  } catch (...) {
  }
  // Where a database is gone, all paths of a route fail alike.
  log(log_level::error,
      "request " + c.request_id() + ": " + std::string(what) + " of " +
          std::string(to_string(c.verb())) + " " + quoted(c.path()) + " threw " + why,
      std::string(what) + why);
}

response failure_answer(context& c) {
  try {
    throw;
  } catch (const http_error& e) {
    return problem_answer(e.code(), e.what());
  } catch (const overloaded&) {
    return problem_answer(503).header("Retry-After", "1");
  } catch (...) {
    log_failure(c, "the handler");
    return problem_answer(500, {}, c.request_id());
  }
}

}  // namespace http
}  // namespace shoal
