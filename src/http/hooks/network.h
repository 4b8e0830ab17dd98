#pragma once

#include <string>

namespace shoal::http {

/// Whom an address belongs to, as bytes: the four of an IPv4 address, also of one that is written
/// as IPv6 (a listener for both sees those), and the first eight of an IPv6 address, which are one
/// subscriber's. What is no address is itself.
[[nodiscard]] std::string network_of(const std::string& address);

}  // namespace shoal::http
