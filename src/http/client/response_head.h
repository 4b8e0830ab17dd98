// The head of an answer (RFC 9112 section 4 to 6), read in place. As strict as the request parser
// (http/parser.h), for the same reason: what two readers could understand in two ways is an error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/parser.h"

namespace shoal::http {

/// How the end of an answer's body is found (RFC 9112 section 6.3).
enum class answer_framing : std::uint8_t { none, length, chunked, close };

struct response_head {
  const char* base = nullptr;  ///< first byte of the status line
  std::uint32_t size = 0;      ///< with the blank line
  int status = 0;              ///< 100..599
  std::uint8_t minor_version = 1;
  answer_framing body = answer_framing::none;
  bool keep_alive = true;  ///< after the body
  std::uint16_t field_count = 0;
  std::uint64_t content_length = 0;      ///< when body is answer_framing::length
  std::array<field, max_fields> fields;  ///< field_count of them; the rest is not initialised

  [[nodiscard]] std::string_view text(slice s) const noexcept { return {base + s.begin, s.size}; }

  /// The value of the first field of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
};

struct response_head_result {
  parse_status status = parse_status::partial;
  std::string_view problem;  ///< when invalid: a literal
};

/// Parses one head at the beginning of `bytes`. partial: call again with more behind them; work is
/// quadratic in the number of pieces at worst, and bounded by `most_bytes`. `to_head`: the request
/// was HEAD.
[[nodiscard]] response_head_result parse_response_head(std::string_view bytes,
                                                       std::uint32_t most_bytes, bool to_head,
                                                       response_head& out) noexcept;

}  // namespace shoal::http
