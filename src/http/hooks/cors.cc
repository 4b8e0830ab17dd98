#include "shoal/http/cors.h"

#include <algorithm>
#include <stdexcept>

#include "http/chars.h"

namespace shoal {
namespace {

[[noreturn]] void refuse(const std::string& why) {
  throw std::invalid_argument("shoal::cors: " + why);
}

/// "scheme://host" and perhaps a port; nothing behind it. "null" is none: any sandboxed page has
/// it.
bool is_origin(std::string_view text) noexcept {
  const auto colon = text.find("://");
  if (colon == 0 || colon == std::string_view::npos) return false;
  const auto host = text.substr(colon + 3);
  return !host.empty() && std::none_of(host.begin(), host.end(), [](char c) {
    return c <= ' ' || c == '/' || c == '?' || c == '#' || c == '*' || (c >= 'A' && c <= 'Z');
  });
}

std::string join(const std::vector<std::string>& tokens) {
  std::string list;
  for (const auto& one : tokens) {
    if (one.empty() || !std::all_of(one.begin(), one.end(), http::is_token_char))
      refuse("\"" + one + "\" is no method or field name");
    list.append(list.empty() ? "" : ", ").append(one);
  }
  return list;
}

bool is_preflight(const context& c) noexcept {
  return c.verb() == http::method::options && c.header("origin") &&
         c.header("access-control-request-method");
}

}  // namespace

/// The options, and the fields that they come to.
struct cors_policy::state {
  cors_options options;
  std::string methods;
  std::string headers;
  std::string expose;
  std::string max_age;

  [[nodiscard]] bool allows(std::string_view origin) const {
    return options.any_origin ||
           std::find(options.origins.begin(), options.origins.end(), origin) !=
               options.origins.end() ||
           (options.allow_origin && options.allow_origin(origin));
  }
};

cors_policy::cors_policy(cors_options options) {
  if (options.any_origin && options.credentials)
    refuse("any_origin and credentials: every site could act for the user; name the origins");
  if (!options.any_origin && !options.allow_origin && options.origins.empty())
    refuse("no origin is allowed");
  for (const auto& origin : options.origins)
    if (!is_origin(origin)) refuse("\"" + origin + "\" is no origin, like https://example.org");
  if (options.max_age.count() < 0) refuse("max_age below zero");
  auto made = std::make_shared<state>();
  made->methods = join(options.methods);
  made->headers = join(options.headers);
  made->expose = join(options.expose);
  made->max_age = std::to_string(options.max_age.count());
  made->options = std::move(options);
  state_ = std::move(made);
}

std::optional<response> cors_policy::before(context& c) const {
  if (!is_preflight(c)) return std::nullopt;
  response answer(status::no_content);
  if (!state_->allows(*c.header("origin"))) return answer;
  answer.header("Access-Control-Allow-Methods", state_->methods);
  if (!state_->headers.empty()) answer.header("Access-Control-Allow-Headers", state_->headers);
  answer.header("Access-Control-Max-Age", state_->max_age);
  return answer;
}

// Vary stands on answers to requests without an origin too: a cache must not keep one of those for
// a page of another origin.
void cors_policy::after(context& c, response& r) const {
  const auto& options = state_->options;
  if (!options.any_origin) r.header("Vary", "Origin");
  const auto origin = c.header("origin");
  if (!origin || !state_->allows(*origin)) return;
  r.set_header("Access-Control-Allow-Origin", options.any_origin ? std::string_view("*") : *origin);
  if (options.credentials) r.set_header("Access-Control-Allow-Credentials", "true");
  if (!state_->expose.empty() && !is_preflight(c))
    r.set_header("Access-Control-Expose-Headers", state_->expose);
}

}  // namespace shoal
