// What the fields that decide about framing, routing and persistence mean: Host, Content-Length,
// Transfer-Encoding, Connection and Expect (RFC 9110 7.2, 7.6.1, 8.6, 10.1.1; RFC 9112 6).
//
// Each function returns 0, or the status to refuse the request with.
#pragma once

#include <cstddef>
#include <cstdint>

#include "http/parser.h"

namespace shoal::http {

/// What has been met in a head so far: the bits of parse_progress::met.
namespace met {
inline constexpr std::uint8_t version_1_0 = 1;
inline constexpr std::uint8_t host = 2;
inline constexpr std::uint8_t empty_host = 4;
inline constexpr std::uint8_t content_length = 8;
inline constexpr std::uint8_t transfer_encoding = 16;
inline constexpr std::uint8_t close = 32;
inline constexpr std::uint8_t keep_alive = 64;
}  // namespace met

/// False for most fields, without looking at a byte: no field of that length is known here.
[[nodiscard]] inline bool may_matter(std::size_t name_size) noexcept {
  constexpr std::uint32_t lengths = 1U << 4 | 1U << 6 | 1U << 10 | 1U << 14 | 1U << 17;
  return name_size < 32 && (lengths >> name_size & 1U) != 0;
}

/// Takes one field into account, if it is one of the five.
[[nodiscard]] std::uint16_t interpret(const field& f, head& out, std::uint8_t& seen) noexcept;

/// What only the whole head can tell.
[[nodiscard]] std::uint16_t conclude(head& out, std::uint8_t seen) noexcept;

}  // namespace shoal::http
