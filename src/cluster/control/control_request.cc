#include "cluster/control/control_request.h"

#include "http/forms/urlencoded.h"

namespace shoal::cluster {
namespace {

constexpr http::head_limits limits = {
    .request_line_bytes = 1024, .head_bytes = longest_control_head, .fields = 32};

control_reading refuse(int status, std::string why) {
  control_reading out;
  out.is = control_reading::state::refused;
  out.status = status;
  out.why = std::move(why);
  return out;
}

bool wants_text(const http::head& head) noexcept {
  const auto* const accept = head.find("accept");
  return accept != nullptr && head.text(accept->value).starts_with("text/plain");
}

bool decode(std::string_view query, control_request& out) {
  http::urlencoded_field field;
  while (http::next_urlencoded(query, field)) {
    auto& [name, value] = out.parameters.emplace_back();
    if (!http::append_urldecoded(name, field.name)) return false;
    if (!http::append_urldecoded(value, field.value)) return false;
  }
  return true;
}

}  // namespace

control_reading read_control_request(std::string_view bytes, http::parse_progress& progress) {
  http::head head;
  const auto seen = http::parse_head(bytes, limits, progress, head);
  if (seen.status == http::parse_status::partial) return {};
  if (seen.status == http::parse_status::invalid) {
    return refuse(seen.error_status, "this is no request that HTTP/1.1 allows here");
  }
  const bool body = head.body == http::framing::chunked || head.content_length > 0;
  if (body) return refuse(413, "no request here has a body; parameters stand in the target");
  control_reading out;
  out.is = control_reading::state::complete;
  out.request.verb = head.verb;
  out.request.path = head.text(head.path);
  out.request.plain = wants_text(head);
  if (!decode(head.text(head.query), out.request)) {
    return refuse(400, "a parameter cannot be decoded");
  }
  return out;
}

std::optional<bool> parse_control_flag(std::string_view value) noexcept {
  if (value.empty() || value == "1" || value == "true") return true;
  if (value == "0" || value == "false") return false;
  return std::nullopt;
}

}  // namespace shoal::cluster
