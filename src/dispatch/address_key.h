// A client's address as a key for `sticky`. The eBPF program computes the same.
#pragma once

#include <sys/socket.h>

#include <cstdint>

namespace shoal::dispatch {

/// The port does not count. 0 for what has no address, such as a client at a path.
[[nodiscard]] std::uint64_t address_key(const sockaddr_storage& client) noexcept;

}  // namespace shoal::dispatch
