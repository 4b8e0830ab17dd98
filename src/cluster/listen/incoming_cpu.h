// Where a socket's packets come in.
#pragma once

#include <cstdint>
#include <optional>

namespace shoal::cluster {

/// The core that has handled the last packet of a connection; nothing where no network card does,
/// as for sockets at paths. Cost: a system call.
///
/// Not the card's queue (SO_INCOMING_NAPI_ID): that is where the packet was put, and with receive
/// packet steering another core takes it from there. This one touches what the socket is made of.
[[nodiscard]] std::optional<std::uint32_t> incoming_cpu(int socket) noexcept;

}  // namespace shoal::cluster
