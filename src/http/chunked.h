// The chunked transfer coding (RFC 9112 section 7.1), both ways.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shoal::http {

struct chunked_limits {
  std::uint32_t line_bytes = 64;             ///< size, extensions and CRLF of one chunk
  std::uint32_t extension_bytes = 4 * 1024;  ///< of a whole body
  std::uint32_t trailer_bytes = 8 * 1024;    ///< of a whole body, without the empty line
};

/// Finds the data in a chunked body, piece by piece and in place. Strict: CRLF only, 1 to 15 hex
/// digits and then CRLF or ';' at once, extensions that follow the grammar. Trailers are checked as
/// fields and dropped: nothing in them can change framing or routing.
class chunked_decoder final {
 public:
  enum class status : std::uint8_t {
    data,       ///< `data` is not empty; call again
    need_more,  ///< all input was consumed; call again with what follows
    done,       ///< the body is over; the rest of the input belongs to the next request
    invalid,    ///< answer 400 and close
  };
  struct step {
    status what = status::need_more;
    std::size_t consumed = 0;  ///< bytes of the input that are used up, data included
    std::string_view data;     ///< points into the input
  };

  explicit chunked_decoder(const chunked_limits& limits = {}) noexcept : limits_(limits) {}

  /// The next step for the input that follows what was consumed before. The data of a body does
  /// not depend on how its input was cut.
  [[nodiscard]] step next(std::string_view input) noexcept;

 private:
  enum class state : std::uint8_t;  // in the .cc file

  state after(state now, char c) noexcept;
  state in_size_line(state now, char c) noexcept;
  static state in_extension(state now, char c) noexcept;
  static state after_extension(char c) noexcept;
  state in_trailer(state now, char c) noexcept;

  chunked_limits limits_;
  std::uint64_t remaining_ = 0;
  std::uint32_t line_bytes_ = 0;
  std::uint32_t extension_bytes_ = 0;
  std::uint32_t trailer_bytes_ = 0;
  std::uint8_t state_ = 0;
  std::uint8_t digits_ = 0;
};

/// "1f4\r\n" for a chunk of that size (> 0), to be followed by the data and "\r\n".
struct chunk_head {
  explicit chunk_head(std::uint64_t data_bytes) noexcept;
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 18> text_;
  std::uint8_t size_;
};

inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace shoal::http
