#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal {

namespace io {
struct socket_address;
}

namespace tcp {

/// Where to connect to, or to listen: a numeric address with a port, or a Unix socket's path. Names
/// are resolved by connect().
class address final {
 public:
  /// Nowhere.
  address() noexcept = default;
  explicit address(const io::socket_address& from) noexcept;

  /// "127.0.0.1:80", "[::1]:80" or "unix:/run/x.sock". Throws std::invalid_argument otherwise.
  explicit address(std::string_view text);

  /// The same, or nothing.
  [[nodiscard]] static std::optional<address> parse(std::string_view text) noexcept;

  /// "127.0.0.1" or "::1" (in brackets, too), with a port.
  [[nodiscard]] static std::optional<address> parse_host(std::string_view host,
                                                         std::uint16_t port) noexcept;

  /// As parse() takes it.
  [[nodiscard]] std::string text() const;

  /// The same with another port; a path has none and stays.
  [[nodiscard]] address with_port(std::uint16_t port) const noexcept;

  [[nodiscard]] io::socket_address for_driver() const noexcept;
  [[nodiscard]] bool operator==(const address&) const noexcept = default;

 private:
  static constexpr std::size_t most_bytes = 112;  // address.cc says of what

  alignas(8) std::array<std::byte, most_bytes> bytes_{};
  std::uint32_t size_ = 0;
};

}  // namespace tcp
}  // namespace shoal
