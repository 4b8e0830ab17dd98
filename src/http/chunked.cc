// The lines between chunks go through a state machine byte by byte; the data of a chunk is taken in
// one step, as far as it has come.
#include "http/chunked.h"

#include <algorithm>

#include "base/check.h"
#include "http/chars.h"

namespace shoal::http {

enum class chunked_decoder::state : std::uint8_t {
  size,  // the digits of a chunk's size
  // Behind a ';': *( BWS ";" BWS token [ BWS "=" BWS ( token / quoted-string ) ] )
  extension_begin,
  extension_name,
  extension_name_end,
  extension_value_begin,
  extension_value,
  extension_quoted,
  extension_escaped,
  extension_quoted_end,
  extension_value_end,
  size_end,  // the LF of that line
  data,
  data_cr,  // the CRLF behind the data
  data_lf,
  line,  // the first byte of a trailer field or of the last, empty line
  trailer_name,
  trailer_value,
  trailer_lf,
  last_lf,
  done,
  failed,
};

namespace {

constexpr std::uint8_t most_digits = 15;  // 60 bits: no sum of it and another size overflows 64

bool is_control(char c) noexcept {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

chunked_decoder::step chunked_decoder::next(std::string_view input) noexcept {
  std::size_t at = 0;
  while (at < input.size()) {
    const auto now = static_cast<state>(state_);
    if (now == state::data) {
      const auto size =
          static_cast<std::size_t>(std::min<std::uint64_t>(remaining_, input.size() - at));
      remaining_ -= size;
      if (remaining_ == 0) state_ = static_cast<std::uint8_t>(state::data_cr);
      return {status::data, at + size, input.substr(at, size)};
    }
    if (now == state::done || now == state::failed) break;
    state_ = static_cast<std::uint8_t>(after(now, input[at++]));
  }
  switch (static_cast<state>(state_)) {
    case state::done:
      return {status::done, at, {}};
    case state::failed:
      return {status::invalid, at, {}};
    default:
      return {status::need_more, at, {}};
  }
}

/// The state after one byte of a line.
chunked_decoder::state chunked_decoder::after(state now, char c) noexcept {
  switch (now) {
    case state::data_cr:
      return c == '\r' ? state::data_lf : state::failed;
    case state::data_lf:
      return c == '\n' ? state::size : state::failed;
    case state::last_lf:
      return c == '\n' ? state::done : state::failed;
    case state::line:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_lf:
      return in_trailer(now, c);
    default:
      return in_size_line(now, c);
  }
}

/// chunk-size [ chunk-ext ] CRLF.
chunked_decoder::state chunked_decoder::in_size_line(state now, char c) noexcept {
  if (++line_bytes_ > limits_.line_bytes) return state::failed;
  if (now == state::size_end) {
    if (c != '\n') return state::failed;
    line_bytes_ = 0;
    digits_ = 0;
    return remaining_ == 0 ? state::line : state::data;
  }
  if (now == state::size && is_hex(c)) {
    if (++digits_ > most_digits) return state::failed;
    remaining_ = remaining_ << 4 | hex_value(c);
    return state::size;
  }
  if (digits_ == 0) return state::failed;
  if (now == state::size) return after_extension(c);
  if (++extension_bytes_ > limits_.extension_bytes) return state::failed;
  return in_extension(now, c);
}

/// What an extension says is nobody's business here, but where it ends is: a bare CR or LF in it,
/// or a quote that is still open at the end of the line, is how requests are smuggled.
chunked_decoder::state chunked_decoder::in_extension(state now, char c) noexcept {
  switch (now) {
    case state::extension_begin:
      if (is_blank(c)) return now;
      return is_token_char(c) ? state::extension_name : state::failed;
    case state::extension_name:
      if (is_token_char(c)) return now;
      if (c == '=') return state::extension_value_begin;
      return is_blank(c) ? state::extension_name_end : after_extension(c);
    case state::extension_name_end:
      if (is_blank(c)) return now;
      if (c == '=') return state::extension_value_begin;
      return c == ';' ? state::extension_begin : state::failed;
    case state::extension_value_begin:
      if (is_blank(c)) return now;
      if (c == '"') return state::extension_quoted;
      return is_token_char(c) ? state::extension_value : state::failed;
    case state::extension_value:
      if (is_token_char(c)) return now;
      return is_blank(c) ? state::extension_value_end : after_extension(c);
    case state::extension_quoted:
      if (c == '"') return state::extension_quoted_end;
      if (c == '\\') return state::extension_escaped;
      return is_control(c) ? state::failed : now;
    case state::extension_escaped:
      return is_control(c) ? state::failed : state::extension_quoted;
    case state::extension_quoted_end:
      return is_blank(c) ? state::extension_value_end : after_extension(c);
    default:  // extension_value_end
      if (is_blank(c)) return now;
      return c == ';' ? state::extension_begin : state::failed;
  }
}

/// Behind a size or an extension, at once.
chunked_decoder::state chunked_decoder::after_extension(char c) noexcept {
  if (c == '\r') return state::size_end;
  return c == ';' ? state::extension_begin : state::failed;
}

/// trailer-section CRLF: field lines as in a head.
chunked_decoder::state chunked_decoder::in_trailer(state now, char c) noexcept {
  if (now == state::line && c == '\r') return state::last_lf;
  if (++trailer_bytes_ > limits_.trailer_bytes) return state::failed;
  switch (now) {
    case state::line:
      return is_token_char(c) ? state::trailer_name : state::failed;
    case state::trailer_name:
      if (c == ':') return state::trailer_value;
      return is_token_char(c) ? state::trailer_name : state::failed;
    case state::trailer_value:
      if (c == '\r') return state::trailer_lf;
      return is_control(c) ? state::failed : state::trailer_value;
    default:
      return c == '\n' ? state::line : state::failed;  // trailer_lf
  }
}

chunk_head::chunk_head(std::uint64_t data_bytes) noexcept : size_(0) {
  SHOAL_DCHECK(data_bytes > 0);
  char* out = text_.data();
  for (int shift = (63 - __builtin_clzll(data_bytes | 1)) & ~3; shift >= 0; shift -= 4)
    *out++ = "0123456789abcdef"[data_bytes >> shift & 15];
  *out++ = '\r';
  *out++ = '\n';
  size_ = static_cast<std::uint8_t>(out - text_.data());
}

}  // namespace shoal::http
