// Range requests (RFC 9110 section 14).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace shoal::http {

struct byte_range {
  std::uint64_t first = 0;
  std::uint64_t bytes = 0;  ///< not 0

  [[nodiscard]] std::uint64_t end() const noexcept { return first + bytes; }
  friend bool operator==(const byte_range&, const byte_range&) = default;
};

/// What to answer a Range field with.
class range_choice final {
 public:
  /// More parts than this are not what a player or a download asks for: they get the whole.
  static constexpr std::size_t most_parts = 8;

  enum class kind : std::uint8_t {
    whole,          ///< 200: there is no range that we follow
    parts,          ///< 206
    unsatisfiable,  ///< 416
  };

  [[nodiscard]] kind what() const noexcept { return what_; }
  /// One or more, in the order asked for, none overlapping.
  [[nodiscard]] std::span<const byte_range> parts() const noexcept {
    return {parts_.data(), count_};
  }

 private:
  friend range_choice choose_ranges(std::string_view, std::uint64_t) noexcept;
  bool add(byte_range part) noexcept;

  kind what_ = kind::whole;
  std::size_t count_ = 0;
  std::array<byte_range, most_parts> parts_{};
};

/// For a representation of `size` bytes. A field that is malformed, of another unit, has more than
/// most_parts or overlapping ranges is ignored, as 14.2 permits: overlaps multiply what is sent.
[[nodiscard]] range_choice choose_ranges(std::string_view field, std::uint64_t size) noexcept;

}  // namespace shoal::http
