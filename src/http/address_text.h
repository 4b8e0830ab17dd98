#pragma once

#include <sys/socket.h>

#include <string>

namespace shoal::http {

/// "127.0.0.1" (also for ::ffff:127.0.0.1), "::1"; empty for what has no numeric address.
[[nodiscard]] std::string address_text(const sockaddr_storage& address);

}  // namespace shoal::http
