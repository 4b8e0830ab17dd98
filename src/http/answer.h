// An answer's head and body as bytes in an output block.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/output.h"

namespace shoal::http {

/// What stands in an answer's head. Views only.
struct answer {
  int status = 200;
  std::string_view date_line = {};     ///< "Date: ...\r\n"
  std::string_view content_type = {};  ///< may be empty
  std::string_view fields = {};        ///< "name: value\r\n" each
  enum class framing : std::uint8_t {
    length,   ///< Content-Length
    chunked,  ///< Transfer-Encoding: chunked
    none,     ///< nothing is said: no body can follow, or the connection's end is the body's
  } body = framing::length;
  std::uint64_t content_length = 0;
  enum class persistence : std::uint8_t {
    implied,     ///< HTTP/1.1 and the connection stays
    close,       ///< "Connection: close"
    keep_alive,  ///< "Connection: keep-alive", for HTTP/1.0
  } connection = persistence::implied;
};

/// 204 and 304 end with their head (RFC 9110 section 6.4.1).
[[nodiscard]] inline bool has_no_body(int status) noexcept {
  return status == 204 || status == 304;
}

/// Appends the head and `body` (which is empty for HEAD, and where it is sent apart). False: no
/// memory, nothing was appended.
[[nodiscard]] bool write_answer(output_pool& pool, output_block*& block, const answer& head,
                                std::string_view body) noexcept;

/// Decimal digits of `number` at `to`; the end is returned. At most 20 bytes.
char* write_decimal(char* to, std::uint64_t number) noexcept;

}  // namespace shoal::http
