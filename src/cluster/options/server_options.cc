#include "cluster/options/server_options.h"

#include "base/check.h"

namespace shoal::cluster {

http::server_options server_options_of(const options& o, unsigned max_connections) {
  http::server_options server;
  server.head = {
      .request_line_bytes = o.max_request_line, .head_bytes = o.max_head, .fields = o.max_fields};
  server.body_bytes = o.max_body;
  server.discarded_bytes = o.max_discard;
  server.unsent_bytes = o.max_unsent;
  server.max_requests = o.max_requests;
  server.request_timeout = o.request_timeout;
  server.min_rate = o.min_rate;
  server.rate_grace = o.rate_grace;
  server.half_close_timeout = o.half_close_timeout;
  server.handler_timeout = o.handler_timeout;
  server.max_connection_age = std::chrono::ceil<std::chrono::seconds>(o.max_connection_age);
  server.header_timeout = o.header_timeout;
  server.body_timeout = o.body_timeout;
  server.keep_alive_timeout = o.keep_alive_timeout;
  server.close_spread = o.close_spread;
  server.send_timeout = o.send_timeout;
  server.max_connections = max_connections;
  server.offload_after = o.offload_after;
  const auto sticky = http::parse_sticky_source(o.sticky);
  SHOAL_CHECK(sticky.has_value());  // the option table has read it before
  server.sticky = *sticky;
  return server;
}

dispatch::steer_wish steer_wish_of(const options& o) {
  const auto policy = dispatch::parse_policy(o.policy);
  SHOAL_CHECK(policy.has_value());
  return {.kind = dispatch::parse_steer_kind(o.dispatch), .policy = *policy};
}

}  // namespace shoal::cluster
