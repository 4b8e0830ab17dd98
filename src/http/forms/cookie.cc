#include "shoal/http/cookie.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/forms/cookie_pairs.h"
#include "shoal/http/context.h"

namespace shoal {
namespace http {
namespace {

std::string_view trim(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_cookie_octet(char c) noexcept {  // RFC 6265 4.1.1
  return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != ';' && c != '\\';
}

bool is_attribute_char(char c) noexcept { return c >= 0x20 && c < 0x7f && c != ';'; }

bool is_domain_char(char c) noexcept {
  return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') || c == '-' || c == '.';
}

template <typename Test>
bool all(std::string_view text, Test test) {
  return std::all_of(text.begin(), text.end(), test);
}

bool begins(std::string_view name, std::string_view prefix) {
  return equals_ignoring_case(name.substr(0, prefix.size()), prefix);
}

/// What is wrong with it; nullptr if nothing is.
const char* fault_of(const cookie& c) {
  if (c.name.empty() || !all(c.name, is_token_char)) return "the name must be a token";
  if (!all(c.value, is_cookie_octet)) return "the value has a character that must be encoded";
  if (!c.path.empty() && c.path.front() != '/') return "the path must begin with a slash";
  if (!all(c.path, is_attribute_char)) return "the path has a semicolon or a control character";
  if (!all(c.domain, is_domain_char)) return "the domain must be a host's name";
  if (c.same_site == same_site::none && !c.secure) return "SameSite=None needs Secure";
  if (begins(c.name, "__Secure-") && !c.secure) return "__Secure- needs Secure";
  if (begins(c.name, "__Host-") && (!c.secure || c.path != "/" || !c.domain.empty()))
    return "__Host- needs Secure, the path / and no domain";
  return nullptr;
}

std::string_view name_of(same_site value) {
  switch (value) {
    case same_site::strict:
      return "Strict";
    case same_site::lax:
      return "Lax";
    case same_site::none:
      return "None";
  }
  throw std::invalid_argument("shoal::set_cookie: no such SameSite");
}

}  // namespace

bool next_cookie(std::string_view& field, cookie_pair& pair) noexcept {
  while (!field.empty()) {
    const auto whole = field.substr(0, field.find(';'));
    field.remove_prefix(std::min(whole.size() + 1, field.size()));
    const auto equals = whole.find('=');
    if (equals == std::string_view::npos) continue;
    pair.name = trim(whole.substr(0, equals));
    pair.value = trim(whole.substr(equals + 1));
    if (!pair.name.empty()) return true;
  }
  return false;
}

}  // namespace http

std::string set_cookie(const cookie& made) {
  if (const char* fault = http::fault_of(made)) {
    throw std::invalid_argument("shoal::set_cookie: " + made.name + ": " + fault);
  }
  std::string text = made.name + "=" + made.value;
  if (made.max_age) {
    const auto seconds = std::max(made.max_age->count(), std::chrono::seconds::rep{0});
    text.append("; Max-Age=").append(std::to_string(seconds));
  }
  if (!made.path.empty()) text.append("; Path=").append(made.path);
  if (!made.domain.empty()) text.append("; Domain=").append(made.domain);
  if (made.secure) text.append("; Secure");
  if (made.http_only) text.append("; HttpOnly");
  return text.append("; SameSite=").append(http::name_of(made.same_site));
}

std::optional<std::string_view> context::cookie(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < header_count(); ++i) {
    auto [key, field] = header_at(i);
    if (!http::equals_ignoring_case(key, "cookie")) continue;
    http::cookie_pair pair;
    while (http::next_cookie(field, pair))
      if (pair.name == name) return pair.value;
  }
  return std::nullopt;
}

}  // namespace shoal
