// A method as one word: its bytes, and its length in the top byte (no method has more than seven),
// so that one comparison tells two apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/word.h"
#include "shoal/http/method.h"

namespace shoal::http {

inline constexpr std::size_t longest_method = 7;

[[nodiscard]] constexpr std::uint64_t method_key(std::uint64_t bytes, std::size_t size) noexcept {
  return bytes | std::uint64_t{size} << 56;
}
[[nodiscard]] constexpr std::uint64_t method_key(std::string_view text) noexcept {
  return method_key(pack(text), text.size());
}

[[nodiscard]] inline method method_of_key(std::uint64_t key) noexcept {
  switch (key) {
    case method_key("GET"):
      return method::get;
    case method_key("HEAD"):
      return method::head;
    case method_key("POST"):
      return method::post;
    case method_key("PUT"):
      return method::put;
    case method_key("PATCH"):
      return method::patch;
    case method_key("DELETE"):
      return method::del;
    case method_key("OPTIONS"):
      return method::options;
    case method_key("CONNECT"):
      return method::connect;
    case method_key("TRACE"):
      return method::trace;
    default:
      return method::other;
  }
}

}  // namespace shoal::http
