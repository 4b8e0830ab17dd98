// Addresses of the simulated network: 10.0.0.0/8, so that they look like what they stand for.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

namespace shoal::io::sim {

/// Where a connect goes.
struct place {
  enum class kind { listener, refusing, silent };
  kind what = kind::silent;
  int socket = -1;  ///< of a listener
};

[[nodiscard]] sockaddr_storage address_of(place) noexcept;

/// Addresses that address_of() has not made are silent.
[[nodiscard]] place place_of(const sockaddr_storage&) noexcept;

}  // namespace shoal::io::sim
