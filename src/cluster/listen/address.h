// An address to listen on, as written and as the kernel takes it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shoal::cluster {

struct address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  [[nodiscard]] const sockaddr* raw() const noexcept {
    return reinterpret_cast<const sockaddr*>(&storage);
  }
  [[nodiscard]] bool local() const noexcept { return storage.ss_family == AF_UNIX; }

  // Not of a local one.
  [[nodiscard]] std::uint16_t port() const noexcept;
  void set_port(std::uint16_t) noexcept;

  /// Of a local one; "@name" for one that is no file.
  [[nodiscard]] std::string path() const;
};

/// What a socket is bound to; nothing: it is none.
[[nodiscard]] std::optional<address> address_of(int socket) noexcept;

/// "127.0.0.1:8080", "[::1]:8080" or "unix:/run/app.sock". Numeric only: looking names up needs a
/// resolver, whose answer may change from one start to the next.
[[nodiscard]] result<address> parse_address(std::string_view text);

/// The same form back.
[[nodiscard]] std::string show(const address&);

}  // namespace shoal::cluster
