// Where the parts of a line end. Everything here looks at [from, end) alone and gives `end` if
// nothing stops it before.
#pragma once

#include <cstddef>

#include "http/chars.h"

#if defined(__SSE2__)
#include "http/block_sse2.h"
namespace shoal::http {
using block = sse2_block;
}
#else
#include "http/block_swar.h"
namespace shoal::http {
using block = swar_block;
}
#endif

namespace shoal::http {

/// The first byte that is in `Mask`, a member of Block.
template <typename Block, auto Mask>
[[nodiscard]] inline const char* find_first(const char* from, const char* end) noexcept {
  for (; static_cast<std::size_t>(end - from) >= Block::width; from += Block::width)
    if (const auto mask = (Block::load(from).*Mask)(); mask != 0) return from + Block::first(mask);
  const auto rest = static_cast<std::size_t>(end - from);
  return from + Block::first((Block::load_partial(from, rest).*Mask)());  // the zeros stop it
}

/// The first control character other than HTAB: the end of a line, or what no line may contain.
[[nodiscard]] inline const char* find_control(const char* from, const char* end) noexcept {
  return find_first<block, &block::controls>(from, end);
}

/// The first byte that no token contains.
[[nodiscard]] inline const char* find_token_end(const char* from, const char* end) noexcept {
  from = find_first<block, &block::not_plain_name>(from, end);
  while (from != end && is_token_char(*from)) ++from;
  return from;
}

/// The first byte that no registered name contains unescaped.
[[nodiscard]] inline const char* find_reg_name_end(const char* from, const char* end) noexcept {
  from = find_first<block, &block::not_plain_host>(from, end);
  while (from != end && is_reg_name_char(*from)) ++from;
  return from;
}

/// The first byte that is '?', '%' or cannot be in a request target.
[[nodiscard]] inline const char* find_target_stop(const char* from, const char* end) noexcept {
  return find_first<block, &block::target_stops>(from, end);
}

[[nodiscard]] inline const char* skip_blanks(const char* from, const char* end) noexcept {
  while (from != end && is_blank(*from)) ++from;
  return from;
}

}  // namespace shoal::http
