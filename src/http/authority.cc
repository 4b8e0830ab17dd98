#include "http/authority.h"

#include <arpa/inet.h>

#include <array>

#include "http/chars.h"

namespace shoal::http {
namespace {

bool valid_port(std::string_view digits, port_rule rule) noexcept {
  if (digits.empty()) return rule == port_rule::optional;
  if (digits.size() > 5) return false;
  unsigned port = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return false;
    port = port * 10 + static_cast<unsigned>(c - '0');
  }
  return port <= 65535;
}

bool valid_ipv6(std::string_view address) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text;
  if (address.size() >= text.size() || address.find('\0') != address.npos) return false;
  text[address.copy(text.data(), address.size())] = '\0';
  in6_addr ignored;
  return ::inet_pton(AF_INET6, text.data(), &ignored) == 1;
}

/// The length of the registered name at the beginning of `text`; 0 if an escape is broken.
std::size_t reg_name_size(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    if (is_reg_name_char(text[at])) {
      ++at;
    } else if (text[at] == '%') {
      if (text.size() - at < 3 || !is_hex(text[at + 1]) || !is_hex(text[at + 2])) return 0;
      at += 3;
    } else {
      break;
    }
  }
  return at;
}

}  // namespace

bool valid_authority(std::string_view text, port_rule rule) noexcept {
  if (text.empty()) return false;
  std::size_t host = 0;
  if (text.front() == '[') {
    const std::size_t bracket = text.find(']');
    if (bracket == text.npos || !valid_ipv6(text.substr(1, bracket - 1))) return false;
    host = bracket + 1;
  } else {
    host = reg_name_size(text);
  }
  if (host == 0) return false;
  if (host == text.size()) return rule == port_rule::optional;
  return text[host] == ':' && valid_port(text.substr(host + 1), rule);
}

}  // namespace shoal::http
