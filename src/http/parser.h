// The request head of HTTP/1.0 and 1.1 (RFC 9112 section 2 to 6, RFC 9110 section 5), read in
// place.
//
// Strict, without a lenient mode: whatever two readers could understand in two ways is an error
// here. The table in docs/why/strict_parsing.md names each rule and its reason.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "shoal/http/method.h"

namespace shoal::http {

inline constexpr std::size_t max_head_bytes = 65535;  ///< offsets are 16 bits wide
inline constexpr std::size_t max_fields = 128;

struct head_limits {
  std::uint32_t request_line_bytes = 8 * 1024;  ///< without its CRLF; beyond: 414
  std::uint32_t head_bytes = 16 * 1024;  ///< with request line and blank line; beyond: 431; at most
                                         ///< max_head_bytes
  std::uint32_t fields = 100;            ///< beyond: 431; at most max_fields
};

/// A part of the head: an offset from head::base and a length. Without initialisers, so that nobody
/// pays for the fields that a request does not have.
struct slice {
  std::uint16_t begin;
  std::uint16_t size;
};

struct field {
  slice name;   ///< as sent; compare without case
  slice value;  ///< without the white space around it
};

/// How the body's end is found (RFC 9112 section 6.3).
enum class framing : std::uint8_t { none, length, chunked };

/// A parsed head. It points into the bytes that were parsed; copying those elsewhere needs no more
/// than setting `base` to the copy.
struct head {
  const char* base = nullptr;  ///< first byte of the request line
  std::uint32_t size = 0;      ///< from base, with the blank line
  method verb = method::other;
  std::uint8_t minor_version = 1;  ///< 0 or 1
  framing body = framing::none;
  bool keep_alive = true;         ///< after the answer; from version and Connection
  bool expects_continue = false;  ///< false where there is no body to wait for
  std::uint16_t field_count = 0;
  slice target{};  ///< the request target as sent
  slice path{};   ///< "/..." (of an absolute target too), still percent-encoded; for OPTIONS of the
                  ///< whole server "*", or empty if the target is absolute
  slice query{};  ///< without the question mark
  slice host{};   ///< the Host field's value, or the authority of an absolute target
  std::uint64_t content_length = 0;      ///< when body is framing::length
  std::array<field, max_fields> fields;  ///< field_count of them; the rest is not initialised

  [[nodiscard]] std::string_view text(slice s) const noexcept { return {base + s.begin, s.size}; }

  /// Becomes the same head over a copy of its bytes. Cost: the fields that there are, not all that
  /// fit.
  void copy_from(const head& original, const char* copied_bytes) noexcept;

  /// The first field of that name (in lower case), or nullptr.
  [[nodiscard]] const field* find(std::string_view lower_case_name) const noexcept;
};

enum class parse_status : std::uint8_t { complete, partial, invalid };

/// What parse_head() has to remember between calls for one request. Zero it for the next one.
struct parse_progress {
  std::uint32_t scanned = 0;     ///< from line_begin to here no line ends; offset from head::base
  std::uint32_t line_begin = 0;  ///< lines before this offset are good
  std::uint16_t fields = 0;      ///< in those lines
  std::uint8_t met = 0;          ///< which of them are of those that matter (http/fields.h)
};

struct parse_result {
  parse_status status = parse_status::partial;
  std::uint16_t error_status = 0;  ///< when invalid: 400, 414, 417 (Expect), 431, 501 (method,
                                   ///< coding) or 505
  std::uint32_t skipped = 0;  ///< when complete: bytes of an empty line before the request line
};

/// Parses one request head at the beginning of `bytes`.
///
/// complete  `out` is filled; the head takes out.size bytes after result.skipped.
/// partial   more bytes are needed; call again with the same bytes and more behind them, at the
///           same or another address, and the same `progress`. `out` holds nothing and may be
///           another one next time. Each byte is looked at a bounded number of times, however
///           small the pieces: a drip costs linear time.
/// invalid   answer error_status and close. Found as soon as the line in question is complete, and
///           at once where a first byte cannot begin a method (a TLS hello on a plain port) or a
///           limit is passed.
///
/// The answer depends on the bytes alone, not on how they were cut. Never throws, allocates or
/// reads beyond `bytes`.
[[nodiscard]] parse_result parse_head(std::string_view bytes, const head_limits& limits,
                                      parse_progress& progress, head& out) noexcept;

}  // namespace shoal::http
