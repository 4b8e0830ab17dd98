// A flat JSON object in one expression; the value of a nested one is another object's text.
//
//   shoal::object("id", 7, "name", "Ada", "tags", shoal::json_text{"[1,2]"})
//
// A library of the reader's choice does more; this is for answers that are this small.
#pragma once

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

namespace shoal {

/// JSON that is written as it is.
struct json_text {
  std::string_view text;
};

namespace detail {

void append_json_string(std::string& to, std::string_view text);

inline void append_json(std::string& to, std::string_view text) { append_json_string(to, text); }
inline void append_json(std::string& to, const char* text) { append_json_string(to, text); }
inline void append_json(std::string& to, json_text raw) { to.append(raw.text); }
inline void append_json(std::string& to, std::nullptr_t) { to.append("null"); }

template <typename T>
  requires std::is_arithmetic_v<T>
void append_json(std::string& to, T value) {
  if constexpr (std::is_same_v<T, bool>) {
    to.append(value ? "true" : "false");
  } else {
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return append_json(to, nullptr);
    }
    char digits[32];
    to.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

inline void append_members(std::string&) {}

template <typename V, typename... Rest>
void append_members(std::string& to, std::string_view name, const V& value, const Rest&... rest) {
  append_json_string(to, name);
  to.push_back(':');
  append_json(to, value);
  if constexpr (sizeof...(rest) > 0) to.push_back(',');
  append_members(to, rest...);
}

}  // namespace detail

/// {"name":value,...}: names and values in turn. Strings are escaped; numbers are numbers; a
/// number that JSON has no word for is null.
template <typename... Members>
  requires(sizeof...(Members) % 2 == 0)
[[nodiscard]] std::string object(const Members&... members) {
  std::string text = "{";
  detail::append_members(text, members...);
  text.push_back('}');
  return text;
}

}  // namespace shoal
