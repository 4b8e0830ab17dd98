#include "base/json_writer.h"

#include <charconv>
#include <cmath>

namespace shoal {
namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

unsigned byte_at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

bool continues(unsigned byte) noexcept { return (byte & 0xc0) == 0x80; }

/// Bytes of the UTF-8 character at `i`; 0 if there is none (overlong forms, surrogates and numbers
/// beyond U+10FFFF are none). RFC 3629, section 4.
std::size_t character_bytes(std::string_view text, std::size_t i) noexcept {
  const unsigned first = byte_at(text, i);
  const unsigned second = byte_at(text, i + 1);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4 || !continues(second)) return 0;
  if (first < 0xe0) return 2;
  if (!continues(byte_at(text, i + 2))) return 0;
  if (first < 0xf0) {
    const bool overlong = first == 0xe0 && second < 0xa0;
    const bool surrogate = first == 0xed && second > 0x9f;
    return overlong || surrogate ? 0 : 3;
  }
  if (!continues(byte_at(text, i + 3))) return 0;
  const bool overlong = first == 0xf0 && second < 0x90;
  const bool too_large = first == 0xf4 && second > 0x8f;
  return overlong || too_large ? 0 : 4;
}

/// `c` is a control, a quotation mark or a backslash.
void append_escaped(std::string& out, unsigned char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
  }
}

template <typename Number>
void append_number(std::string& out, Number n) {
  char text[32];  // a double's shortest form has 24 characters at most
  out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // text[plain, i) needs no change and is appended at once
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool special = c < 0x20 || c == '"' || c == '\\';
    const std::size_t bytes = character_bytes(text, i);
    if (!special && bytes > 0) {
      i += bytes;
      continue;
    }
    out.append(text, plain, i - plain);
    if (special) {
      append_escaped(out, c);
    } else {
      out += replacement;
    }
    plain = ++i;
  }
  out.append(text, plain);
  out += '"';
}

void json_writer::separate() {
  if (comma_due_) out_ += ',';
  comma_due_ = true;
}

void json_writer::open(char bracket) {
  separate();
  out_ += bracket;
  comma_due_ = false;
}

void json_writer::close(char bracket) {
  out_ += bracket;
  comma_due_ = true;
}

void json_writer::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  comma_due_ = false;
}

void json_writer::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
}

void json_writer::value(std::nullptr_t) {
  separate();
  out_ += "null";
}

void json_writer::raw(std::string_view json) {
  separate();
  out_ += json;
}

void json_writer::value(double number) {
  if (!std::isfinite(number)) return value(nullptr);
  separate();
  append_number(out_, number);
}

void json_writer::boolean(bool truth) {
  separate();
  out_ += truth ? "true" : "false";
}

void json_writer::number(std::int64_t n) {
  separate();
  append_number(out_, n);
}

void json_writer::number(std::uint64_t n) {
  separate();
  append_number(out_, n);
}

}  // namespace shoal
