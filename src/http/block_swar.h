// The characters that end a scan, eight at a time in a general register, for any machine.
//
// A mask has the top bit of each byte that is meant. The formulas are exact in every byte: no
// carry leaves a byte.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "http/word.h"

namespace shoal::http {

class swar_block final {
 public:
  static constexpr std::size_t width = 8;
  using mask = std::uint64_t;

  explicit swar_block(std::uint64_t bytes) noexcept : bytes_(bytes) {}
  static swar_block load(const char* from) noexcept { return swar_block{load_word(from)}; }
  /// Fewer than `width` bytes, zeros behind them: each mask below has the zeros in it.
  static swar_block load_partial(const char* from, std::size_t size) noexcept {
    return swar_block{load_partial_word(from, size)};
  }
  static std::size_t first(mask m) noexcept {
    return static_cast<std::size_t>(std::countr_zero(m)) / 8;
  }

  [[nodiscard]] mask spaces() const noexcept { return equal(' '); }
  /// Controls but not HTAB: what no field may contain.
  [[nodiscard]] mask controls() const noexcept {
    return (below(0x20) & ~equal('\t')) | equal(0x7f);
  }
  /// All but letters and '-', of which almost every field name is made.
  [[nodiscard]] mask not_plain_name() const noexcept { return ~letters() & tops & ~equal('-'); }
  /// All but letters, digits, '-' and '.', of which almost every host is made.
  [[nodiscard]] mask not_plain_host() const noexcept {
    const mask others = below('9' + 1) & ~below('-') & ~equal('/');
    return ~letters() & tops & ~others;
  }
  /// What a request target does not contain, and '?' and '%'.
  [[nodiscard]] mask target_stops() const noexcept {
    return (bytes_ & tops) | below(0x21) | equal(0x7f) | equal('#') | equal('?') | equal('%');
  }

 private:
  static constexpr std::uint64_t tops = 0x8080808080808080U;
  static constexpr std::uint64_t each(std::uint8_t byte) noexcept {
    return 0x0101010101010101U * byte;
  }
  [[nodiscard]] mask letters() const noexcept {
    const swar_block folded{bytes_ | each(0x20)};
    return folded.below('z' + 1) & ~folded.below('a');
  }
  [[nodiscard]] mask equal(std::uint8_t byte) const noexcept {
    return swar_block{bytes_ ^ each(byte)}.below(1);
  }
  /// Bytes less than `limit`, which is at most 128.
  [[nodiscard]] mask below(std::uint8_t limit) const noexcept {
    return ~(((bytes_ & ~tops) + each(static_cast<std::uint8_t>(0x80 - limit))) | bytes_) & tops;
  }

  std::uint64_t bytes_;
};

}  // namespace shoal::http
