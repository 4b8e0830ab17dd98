#include "shoal/http/auth.h"

#include <algorithm>
#include <stdexcept>

#include "http/ascii.h"
#include "http/chars.h"
#include "http/hooks/base64.h"
#include "shoal/http/problem.h"

namespace shoal {
namespace {

bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// What follows the scheme. Two Authorization fields are none: which one counts?
std::optional<std::string_view> credentials_of(const context& c, std::string_view scheme) {
  std::optional<std::string_view> found;
  for (std::size_t i = 0; i < c.header_count(); ++i) {
    const auto [name, value] = c.header_at(i);
    if (!http::equals_ignoring_case(name, "authorization")) continue;
    if (found) return std::nullopt;
    found = value;
  }
  if (!found || found->size() <= scheme.size() || (*found)[scheme.size()] != ' ' ||
      !http::equals_ignoring_case(found->substr(0, scheme.size()), scheme))
    return std::nullopt;
  found->remove_prefix(std::min(found->find_first_not_of(' ', scheme.size()), found->size()));
  return found;
}

/// RFC 6750 2.1: b64token.
bool is_token68(std::string_view text) noexcept {
  constexpr std::string_view marks = "-._~+/";
  const auto end = std::min(text.find_last_not_of('=') + 1, text.size());
  return end > 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), [&](char c) {
           const char letter = http::to_lower(c);
           return http::is_digit(c) || (letter >= 'a' && letter <= 'z') ||
                  marks.find(c) != std::string_view::npos;
         });
}

}  // namespace

bool equal_secrets(std::string_view given, std::string_view secret) noexcept {
  // Volatile: the compiler must not see that one difference decides.
  volatile unsigned char difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    const char other = secret.empty() ? '\0' : secret[i % secret.size()];
    difference = static_cast<unsigned char>(difference | (given[i] ^ other));
  }
  return difference == 0;
}

std::optional<detail::basic_credentials> detail::basic_credentials_of(const context& c) {
  const auto encoded = credentials_of(c, "basic");
  if (!encoded) return std::nullopt;
  const auto text = http::decode_base64(*encoded);
  if (!text || std::any_of(text->begin(), text->end(), is_control)) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return basic_credentials{text->substr(0, colon), text->substr(colon + 1)};
}

std::optional<std::string_view> detail::bearer_token_of(const context& c) {
  const auto token = credentials_of(c, "bearer");
  return token && is_token68(*token) ? token : std::nullopt;
}

std::string detail::basic_challenge(std::string_view realm) {
  std::string challenge = "Basic realm=\"";
  for (const char c : realm) {
    if (is_control(c))
      throw std::invalid_argument("shoal::basic_auth: the realm has a control character");
    if (c == '"' || c == '\\') challenge.push_back('\\');
    challenge.push_back(c);
  }
  return challenge.append("\", charset=\"UTF-8\"");
}

response detail::unauthorized(std::string_view challenge) {
  return problem(status::unauthorized).header("WWW-Authenticate", challenge);
}

}  // namespace shoal
