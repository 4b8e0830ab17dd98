// The authority of an http URI: what Host and the authority and absolute forms of a target hold.
#pragma once

#include <string_view>

namespace shoal::http {

enum class port_rule : bool { optional, required };

/// uri-host [ ":" port ] (RFC 3986 3.2.2, RFC 9110 4.2.1): a registered name or IPv4 address, or an
/// IPv6 address in brackets; a port up to 65535, which may be empty where it is optional. The host
/// is never empty. No user information (RFC 9110 4.2.4), no IPvFuture, no zone.
[[nodiscard]] bool valid_authority(std::string_view text, port_rule rule) noexcept;

}  // namespace shoal::http
