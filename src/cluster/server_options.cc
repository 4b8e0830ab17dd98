#include "cluster/server_options.h"

namespace shoal::cluster {

http::server_options server_options_of(const options& o, unsigned max_connections) {
  http::server_options server;
  server.body_bytes = o.max_body;
  server.header_timeout = o.header_timeout;
  server.body_timeout = o.body_timeout;
  server.keep_alive_timeout = o.keep_alive_timeout;
  server.send_timeout = o.send_timeout;
  server.max_connections = max_connections;
  return server;
}

}  // namespace shoal::cluster
