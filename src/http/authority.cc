#include "http/authority.h"

#include <arpa/inet.h>

#include <array>

#include "http/scan.h"

namespace shoal::http {
namespace {

bool valid_port(std::string_view digits, port_rule rule) noexcept {
  if (digits.empty()) return rule == port_rule::optional;
  if (digits.size() > 5) return false;
  unsigned port = 0;
  for (const char c : digits) {
    const unsigned digit = static_cast<unsigned char>(c) - unsigned{'0'};
    if (digit > 9) return false;
    port = port * 10 + digit;
  }
  return port <= 65535;
}

// Not inline: its buffer would put a canary on every request's stack.
[[gnu::noinline]] bool valid_ipv6(std::string_view address) noexcept {
  std::array<char, INET6_ADDRSTRLEN> text;
  if (address.size() >= text.size() || address.find('\0') != address.npos) return false;
  text[address.copy(text.data(), address.size())] = '\0';
  in6_addr ignored;
  return ::inet_pton(AF_INET6, text.data(), &ignored) == 1;
}

/// The end of the registered name at the beginning of `text`, or nullptr if an escape is broken.
const char* reg_name_end(const char* text, const char* end) noexcept {
  for (;;) {
    text = find_reg_name_end(text, end);
    if (text == end || *text != '%') return text;
    if (end - text < 3 || !is_hex(text[1]) || !is_hex(text[2])) return nullptr;
    text += 3;
  }
}

/// The end of the address in brackets, or nullptr.
const char* ip_literal_end(std::string_view text) noexcept {
  const std::size_t bracket = text.find(']');
  if (bracket == text.npos || !valid_ipv6(text.substr(1, bracket - 1))) return nullptr;
  return text.data() + bracket + 1;
}

}  // namespace

bool valid_authority(std::string_view text, port_rule rule) noexcept {
  if (text.empty()) return false;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const char* const host = *begin == '[' ? ip_literal_end(text) : reg_name_end(begin, end);
  if (host == nullptr || host == begin) return false;
  if (host == end) return rule == port_rule::optional;
  const auto size = static_cast<std::size_t>(end - host - 1);
  return *host == ':' && valid_port({host + 1, size}, rule);
}

}  // namespace shoal::http
