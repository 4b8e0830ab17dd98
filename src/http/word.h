// Eight bytes at a time: loads that never read beyond their range, and the same bytes as constants.
// The first byte in memory is the lowest of the word on every machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace shoal::http {

[[nodiscard]] inline std::uint64_t load_word(const char* from) noexcept {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

[[nodiscard]] inline std::uint32_t load_half_word(const char* from) noexcept {
  std::uint32_t half;
  std::memcpy(&half, from, sizeof half);
  return std::endian::native == std::endian::little ? half : __builtin_bswap32(half);
}

/// The `size` bytes at `from`, 0 to 7 of them, and zeros behind. Reads no others.
[[nodiscard]] inline std::uint64_t load_partial_word(const char* from, std::size_t size) noexcept {
  if (size >= 4) {
    const std::uint64_t last = load_half_word(from + size - 4);
    return load_half_word(from) | last << (8 * (size - 4));
  }
  if (size == 0) return 0;
  const auto byte = [from](std::size_t at) {
    return std::uint64_t{static_cast<unsigned char>(from[at])} << (8 * at);
  };
  return byte(0) | byte(size / 2) | byte(size - 1);
}

/// What load_word() gives for these bytes, at most 8, followed by zeros.
[[nodiscard]] constexpr std::uint64_t pack(std::string_view text) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  return word;
}

/// Are they equal but for the case of letters? `lower` holds small letters, digits and hyphens,
/// `text` no control character: for such bytes setting bit 5 is the whole of folding.
[[nodiscard]] inline bool equal_but_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() != lower.size()) return false;
  constexpr std::uint64_t fold = 0x2020202020202020U;
  const char* a = text.data();
  const char* b = lower.data();
  std::size_t rest = lower.size();  // not text's: it is a constant for most callers
  for (; rest >= 8; rest -= 8, a += 8, b += 8)
    if ((load_word(a) | fold) != load_word(b)) return false;
  return (load_partial_word(a, rest) | fold) == (load_partial_word(b, rest) | fold);
}

}  // namespace shoal::http
