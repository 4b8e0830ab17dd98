// What of a program's options is the HTTP server's.
#pragma once

#include "http/server.h"
#include "shoal/cluster/options.h"

namespace shoal::cluster {

[[nodiscard]] http::server_options server_options_of(const options& o, unsigned max_connections);

}  // namespace shoal::cluster
