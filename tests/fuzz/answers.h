// Reads what a server has sent, as strictly as a client can: heads, then bodies by Content-Length,
// chunks or the end of the connection.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "http/chunked.h"

namespace shoal::fuzz {

struct answer {
  int status = 0;
  bool close = false;  ///< it says that it is the last
  bool whole = false;  ///< all of it is there
  std::string head;
  std::string body;
};

namespace detail {

inline std::string_view field(std::string_view head, std::string_view name) {
  const auto line = head.find("\r\n" + std::string(name) + ": ");
  if (line == std::string_view::npos) return {};
  const auto value = head.substr(line + name.size() + 4);
  return value.substr(0, value.find("\r\n"));
}

/// Takes the body off `rest`.
inline void take_body(answer& a, std::string_view& rest) {
  const auto length = field(a.head, "Content-Length");
  const bool chunked = field(a.head, "Transfer-Encoding") == "chunked";
  SHOAL_CHECK(length.empty() || !chunked);
  if (chunked) {
    http::chunked_decoder decoder;
    for (;;) {
      const auto step = decoder.next(rest);
      rest.remove_prefix(step.consumed);
      a.body += step.data;
      a.whole = step.what == http::chunked_decoder::status::done;
      SHOAL_CHECK(step.what != http::chunked_decoder::status::invalid);
      if (step.what != http::chunked_decoder::status::data) return;
    }
  }
  std::size_t bytes = rest.size();
  if (!length.empty()) {
    const auto end = length.data() + length.size();
    SHOAL_CHECK(std::from_chars(length.data(), end, bytes).ptr == end);
  } else {
    SHOAL_CHECK(a.close);  // else nobody can tell where it ends
  }
  a.whole = bytes <= rest.size();
  a.body = rest.substr(0, bytes);
  rest.remove_prefix(a.body.size());
}

}  // namespace detail

/// `heads[i]`: the i-th request was HEAD. Interim answers (1xx) are left out. Ends the program
/// where the bytes are no answers, or where something follows what said that it was the last.
inline std::vector<answer> read_answers(std::string_view rest, const std::vector<bool>& heads) {
  std::vector<answer> all;
  while (!rest.empty()) {
    SHOAL_CHECK(all.empty() || (all.back().whole && !all.back().close));
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) {
      all.push_back({});
      break;
    }
    answer a{.head = std::string(rest.substr(0, end + 2))};
    rest.remove_prefix(end + 4);
    SHOAL_CHECK(a.head.starts_with("HTTP/1.1 ") && a.head.size() > 14 && a.head[12] == ' ');
    a.status = std::atoi(a.head.c_str() + 9);
    if (a.status / 100 == 1) continue;
    a.close = detail::field(a.head, "Connection") == "close";
    const bool bodiless = all.size() < heads.size() && heads[all.size()];
    a.whole = true;
    if (!bodiless && a.status != 204 && a.status != 304) detail::take_body(a, rest);
    all.push_back(std::move(a));
  }
  return all;
}

}  // namespace shoal::fuzz
