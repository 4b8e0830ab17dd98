#pragma once

#include <cstdint>
#include <string>

namespace shoal::bench {

/// One that nobody has at this address just now, for a program that has to be told. 0: none, or no
/// IPv4 address of this machine.
[[nodiscard]] std::uint16_t free_port(const std::string& address);

}  // namespace shoal::bench
