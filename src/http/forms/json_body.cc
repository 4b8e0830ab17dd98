#include "shoal/http/json_body.h"

#include "http/forms/content_type.h"
#include "http/forms/json_depth.h"
#include "shoal/http/context.h"
#include "shoal/http/error.h"

namespace shoal {
namespace http {

bool is_deeper_than(unsigned depth, std::string_view json) noexcept {
  unsigned open = 0;
  bool in_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char c = json[at];
    if (in_string) {
      if (c == '\\') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++open > depth) return true;
    } else if ((c == ']' || c == '}') && open > 0) {
      --open;
    }
  }
  return false;
}

}  // namespace http

namespace {

void require_json(const context& c) {
  if (!http::is_json(http::content_type_of(c)))
    throw http_error(status::unsupported_media_type, "the body must be application/json");
}

task<std::string> read(body_reader in) {
  std::string text = co_await in.all();
  if (http::is_deeper_than(json_depth_max, text))
    throw http_error(status::bad_request,
                     "JSON nested deeper than " + std::to_string(json_depth_max));
  co_return text;
}

}  // namespace

task<std::string> json_body(context& c) {
  require_json(c);
  return read(c.body());
}

task<std::string> json_body(context& c, std::uint64_t limit_bytes) {
  require_json(c);
  return read(c.body(limit_bytes));
}

}  // namespace shoal
