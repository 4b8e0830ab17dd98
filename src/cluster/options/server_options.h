// What of a program's options is the HTTP server's, and what is for the mechanism that gives it its
// connections.
#pragma once

#include "dispatch/steer_kind.h"
#include "http/server.h"
#include "shoal/cluster/options.h"

namespace shoal::cluster {

[[nodiscard]] http::server_options server_options_of(const options& o, unsigned max_connections);

/// The option table has read both names before.
[[nodiscard]] dispatch::steer_wish steer_wish_of(const options& o);

}  // namespace shoal::cluster
