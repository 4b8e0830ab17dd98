#include "load/request_kind.h"

#include <strings.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace shoal::load {
namespace {

error wrong(std::string_view what, std::string_view text, std::string_view cure) {
  return {0, "'" + std::string(text) + "' is no " + std::string(what) + ": " + std::string(cure)};
}

bool is_token(std::string_view text) noexcept {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [others](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           others.find(c) != others.npos;
  });
}

bool has_control(std::string_view text) noexcept {
  return std::ranges::any_of(
      text, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; });
}

bool has_field(const request_kind& from, std::string_view name) noexcept {
  return std::ranges::any_of(from.fields, [name](const std::string& field) {
    return field.size() > name.size() && field[name.size()] == ':' &&
           strncasecmp(field.data(), name.data(), name.size()) == 0;
  });
}

// RFC 9110, 8.6: these say how long their body is, also if there is none.
bool always_has_length(std::string_view method) noexcept {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string_view take_word(std::string_view& text) noexcept {
  const std::size_t space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  return word;
}

}  // namespace

result<request_kind> parse_request(std::string_view text) {
  std::string_view rest = text;
  const std::string_view weight = take_word(rest);
  request_kind made;
  made.name = rest;
  made.method = take_word(rest);
  made.path = rest;
  const char* const end = weight.data() + weight.size();
  const auto parsed = std::from_chars(weight.data(), end, made.weight);
  if (parsed.ec != std::errc{} || parsed.ptr != end) {
    return wrong("request", text, "write WEIGHT METHOD PATH, as in \"95 GET /plaintext\"");
  }
  if (const auto right = check_request(made); !right) return right.error();
  return made;
}

result<void> check_request(const request_kind& kind) {
  if (!(kind.weight > 0) || !std::isfinite(kind.weight)) {
    return error{0, "the weight of '" + kind.name + "' must be above 0"};
  }
  if (has_control(kind.name) || kind.name.find('\t') != std::string::npos) {
    return wrong("name", kind.name, "it is one line, without tabs");
  }
  if (!is_token(kind.method)) {
    return wrong("method", kind.method, "write one like GET or POST");
  }
  const bool target = kind.path.starts_with('/') || kind.path == "*";
  if (!target || kind.path.find(' ') != std::string::npos || has_control(kind.path)) {
    return wrong("path", kind.path, "it begins with / and holds no space (%20 stands for one)");
  }
  for (const std::string& field : kind.fields) {
    if (!is_token(std::string_view(field).substr(0, field.find(':'))) ||
        field.find(':') == std::string::npos || has_control(field)) {
      return wrong("header field", field, "write \"Name: value\"");
    }
  }
  return {};
}

std::string make_request(const request_kind& from, std::string_view host, bool keep_alive) {
  std::string request = from.method + " " + from.path + " HTTP/1.1\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    if (has_field(from, name)) return;
    request.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", host);
  for (const std::string& field : from.fields) request += field + "\r\n";
  if (!keep_alive) add("Connection", "close");
  const bool has_length = !from.body.empty() || always_has_length(from.method);
  if (has_length && !has_field(from, "Transfer-Encoding")) {
    add("Content-Length", std::to_string(from.body.size()));
  }
  return request + "\r\n" + from.body;
}

}  // namespace shoal::load
