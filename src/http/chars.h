// Character classes of RFC 9110 and RFC 3986, one table look-up each.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace shoal::http {

namespace chars {
inline constexpr std::uint8_t token = 1;     // tchar, RFC 9110 5.6.2
inline constexpr std::uint8_t reg_name = 2;  // unreserved and sub-delims, RFC 3986 2.2 and 2.3
inline constexpr std::uint8_t digit = 4;
inline constexpr std::uint8_t hex = 8;

inline constexpr std::array<std::uint8_t, 256> classes = [] {
  std::array<std::uint8_t, 256> table{};
  const auto mark = [&table](std::string_view text, std::uint8_t bits) {
    for (const char c : text) table[static_cast<unsigned char>(c)] |= bits;
  };
  mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", token | reg_name);
  mark("!#$%&'*+-.^_`|~", token);
  mark("-._~!$&'()*+,;=", reg_name);
  mark("0123456789", digit | hex);
  mark("abcdefABCDEF", hex);
  return table;
}();

[[nodiscard]] inline bool is(std::uint8_t what, char c) noexcept {
  return (classes.data()[static_cast<unsigned char>(c)] & what) != 0;
}
}  // namespace chars

[[nodiscard]] inline bool is_token_char(char c) noexcept { return chars::is(chars::token, c); }
[[nodiscard]] inline bool is_reg_name_char(char c) noexcept {
  return chars::is(chars::reg_name, c);
}
[[nodiscard]] inline bool is_digit(char c) noexcept { return chars::is(chars::digit, c); }
[[nodiscard]] inline bool is_hex(char c) noexcept { return chars::is(chars::hex, c); }
[[nodiscard]] inline bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// Of a character for which is_hex() holds.
[[nodiscard]] inline unsigned hex_value(char c) noexcept {
  return is_digit(c) ? static_cast<unsigned>(c - '0')
                     : static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

}  // namespace shoal::http
