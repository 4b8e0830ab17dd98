#include "cluster/control/control_answer.h"

#include "base/json_writer.h"
#include "shoal/http/status.h"

namespace shoal::cluster {

control_answer control_problem(int status, std::string_view detail, bool plain) {
  if (plain) return {.status = status, .type = "text/plain", .body = std::string(detail) + "\n"};
  control_answer out{.status = status, .type = "application/problem+json", .body = {}};
  json_writer json(out.body);
  json.begin_object();
  json.member("type", "about:blank");
  json.member("title", reason_phrase(status));
  json.member("status", status);
  json.member("detail", detail);
  json.end_object();
  out.body += '\n';
  return out;
}

std::string to_bytes(const control_answer& answer) {
  std::string out = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  out.append(reason_phrase(answer.status)).append("\r\nContent-Type: ").append(answer.type);
  if (!answer.allow.empty()) out.append("\r\nAllow: ").append(answer.allow);
  if (answer.after == control_after::close) {
    out.append("\r\nContent-Length: ").append(std::to_string(answer.body.size()));
  }
  return out.append("\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n").append(answer.body);
}

}  // namespace shoal::cluster
