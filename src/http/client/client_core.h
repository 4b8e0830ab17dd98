#pragma once

#include <string>

#include "shoal/http/client.h"

namespace shoal::http {

/// What all workers know of one client. Never changes.
struct client_core {
  std::string url;      ///< without a slash at the end, for messages
  std::string host;     ///< the Host field
  std::string address;  ///< what to connect to
  client_options options;
};

}  // namespace shoal::http
