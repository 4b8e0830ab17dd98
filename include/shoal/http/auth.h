#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "shoal/http/hooks.h"

namespace shoal {

/// Whether they are equal, in a time that depends on the length of `given` alone: a client cannot
/// find out a secret byte by byte. Compare hashes of passwords, not passwords.
[[nodiscard]] bool equal_secrets(std::string_view given, std::string_view secret) noexcept;

namespace detail {

struct basic_credentials {
  std::string user;
  std::string password;
};

/// nullopt for no Authorization field, several, another scheme or a malformed one.
[[nodiscard]] std::optional<basic_credentials> basic_credentials_of(const context& c);
[[nodiscard]] std::optional<std::string_view> bearer_token_of(const context& c);

/// "Basic realm="..."" for any text without controls; else std::invalid_argument.
[[nodiscard]] std::string basic_challenge(std::string_view realm);

/// 401 with this WWW-Authenticate.
[[nodiscard]] response unauthorized(std::string_view challenge);

template <typename F, typename... Texts>
auto check_credentials(const F& check, context& c, Texts... texts) {
  if constexpr (std::invocable<const F&, context&, Texts...>) {
    return check(c, texts...);
  } else {
    return check(texts...);
  }
}

/// A check says bool, or gives an optional user, which is kept with the request.
template <typename Verdict>
bool admit(context& c, Verdict verdict) {
  if constexpr (std::is_same_v<Verdict, bool>) {
    return verdict;
  } else {
    if (!verdict) return false;
    c.set(*std::move(verdict));
    return true;
  }
}

}  // namespace detail

/// A before hook that lets only those pass whose name and password `check` accepts (RFC 7617):
///
///   app.before(shoal::basic_auth("staff", [](std::string_view user, std::string_view password) {
///     return user == "ada" && shoal::equal_secrets(password, secret);
///   }));
///
/// `check` may take the context first, and may return std::optional<User> instead of bool: handlers
/// find the user with context::get<User>(). All workers share it.
///
/// Errors    others are answered with 401 and a challenge; std::invalid_argument for a realm with
///           control characters
template <typename F>
[[nodiscard]] before_hook basic_auth(std::string_view realm, F check) {
  return [challenge = detail::basic_challenge(realm),
          check = std::move(check)](context& c) -> std::optional<response> {
    const auto given = detail::basic_credentials_of(c);
    if (given && detail::admit(c, detail::check_credentials(check, c, std::string_view(given->user),
                                                            std::string_view(given->password))))
      return std::nullopt;
    return detail::unauthorized(challenge);
  };
}

/// The same for a bearer token (RFC 6750): `check` takes the token.
template <typename F>
[[nodiscard]] before_hook bearer_auth(F check) {
  return [check = std::move(check)](context& c) -> std::optional<response> {
    const auto token = detail::bearer_token_of(c);
    if (!token) return detail::unauthorized("Bearer");
    if (detail::admit(c, detail::check_credentials(check, c, *token))) return std::nullopt;
    return detail::unauthorized("Bearer error=\"invalid_token\"");
  };
}

}  // namespace shoal
