// The characters that end a scan, sixteen at a time. SSE2 is part of every x86-64.
//
// A mask has one bit for each byte. The masks are those of swar_block.
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstddef>
#include <cstdint>

#include "http/word.h"

namespace shoal::http {

class sse2_block final {
 public:
  static constexpr std::size_t width = 16;
  using mask = std::uint32_t;

  explicit sse2_block(__m128i bytes) noexcept : bytes_(bytes) {}
  static sse2_block load(const char* from) noexcept {
    return sse2_block{_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))};
  }
  static sse2_block load_partial(const char* from, std::size_t size) noexcept {
    if (size < 8) return sse2_block{words(load_partial_word(from, size), 0)};
    // The last eight bytes without those that the first word has. Two shifts: 64 at once is none.
    const std::uint64_t last = load_word(from + size - 8) >> (4 * (16 - size)) >> (4 * (16 - size));
    return sse2_block{words(load_word(from), last)};
  }
  static std::size_t first(mask m) noexcept {
    return static_cast<std::size_t>(std::countr_zero(m));
  }

  [[nodiscard]] mask controls() const noexcept {
    return bits(_mm_or_si128(_mm_andnot_si128(equal('\t'), at_most(bytes_, 0x1f)), equal(0x7f)));
  }
  [[nodiscard]] mask not_plain_name() const noexcept {
    const __m128i folded = _mm_or_si128(bytes_, all(0x20));
    const __m128i letter = at_most(_mm_sub_epi8(folded, all('a')), 25);
    return bits(_mm_or_si128(letter, equal('-'))) ^ 0xffffU;
  }
  [[nodiscard]] mask not_plain_host() const noexcept {
    const __m128i folded = _mm_or_si128(bytes_, all(0x20));
    const __m128i letter = at_most(_mm_sub_epi8(folded, all('a')), 25);
    // '-', '.', '/' and the digits are neighbours.
    const __m128i other =
        _mm_andnot_si128(equal('/'), at_most(_mm_sub_epi8(bytes_, all('-')), '9' - '-'));
    return bits(_mm_or_si128(letter, other)) ^ 0xffffU;
  }
  [[nodiscard]] mask target_stops() const noexcept {
    // Signed, so that the bytes from 0x80 are below 0x21 too.
    const __m128i outside = _mm_or_si128(_mm_cmplt_epi8(bytes_, all(0x21)), equal(0x7f));
    const __m128i marks = _mm_or_si128(_mm_or_si128(equal('?'), equal('%')), equal('#'));
    return bits(_mm_or_si128(outside, marks));
  }

 private:
  static __m128i all(char byte) noexcept { return _mm_set1_epi8(byte); }
  static __m128i words(std::uint64_t low, std::uint64_t high) noexcept {
    return _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
  }
  static __m128i at_most(__m128i bytes, char limit) noexcept {
    return _mm_cmpeq_epi8(_mm_min_epu8(bytes, all(limit)), bytes);
  }
  static mask bits(__m128i bytes) noexcept { return static_cast<mask>(_mm_movemask_epi8(bytes)); }
  [[nodiscard]] __m128i equal(char byte) const noexcept {
    return _mm_cmpeq_epi8(bytes_, all(byte));
  }

  __m128i bytes_;
};

}  // namespace shoal::http
