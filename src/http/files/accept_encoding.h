// Which content coding a client takes (RFC 9110 12.5.3).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::http {

/// Dearest first: of those that a client likes equally, the first that there is.
enum class coding : std::uint8_t { br, gzip, identity };

[[nodiscard]] std::string_view name_of(coding) noexcept;

class accepted_codings final {
 public:
  /// 0 to 1000. Identity is not excluded by being left out, but comes after all that are named.
  [[nodiscard]] unsigned weight(coding c) const noexcept {
    return weights_[static_cast<std::size_t>(c)];
  }

  void exclude(coding c) noexcept { weights_[static_cast<std::size_t>(c)] = 0; }

  /// nullopt: all are excluded.
  [[nodiscard]] std::optional<coding> best() const noexcept;

 private:
  friend accepted_codings parse_accept_encoding(std::optional<std::string_view>) noexcept;
  std::array<unsigned, 3> weights_{0, 0, 1};
};

/// No field: identity alone, since a client that says nothing may understand nothing. An element
/// that is malformed is left out.
[[nodiscard]] accepted_codings parse_accept_encoding(
    std::optional<std::string_view> field) noexcept;

}  // namespace shoal::http
