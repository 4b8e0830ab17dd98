#include "http/sticky_key.h"

#include <utility>

#include "base/random.h"
#include "http/ascii.h"

namespace shoal::http {
namespace {

/// FNV-1a, then mixed: its high bits alone are poor.
std::uint64_t hash(std::string_view text) noexcept {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  const std::uint64_t key = random_source(h).next();
  return key != 0 ? key : 1;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string_view take_until(std::string_view& text, char end) noexcept {
  const auto at = text.find(end);
  const auto taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return trimmed(taken);
}

std::string_view cookie_of(std::string_view field, std::string_view name) noexcept {
  while (!field.empty()) {
    const auto pair = take_until(field, ';');
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

std::string_view text_of(const head& request, std::string_view name) noexcept {
  const field* const found = request.find(name);
  return found != nullptr ? request.text(found->value) : std::string_view{};
}

std::string_view find_key(const head& request, const sticky_source& source) noexcept {
  switch (source.what) {
    case sticky_source::kind::header:
      return text_of(request, source.name);
    case sticky_source::kind::cookie:
      return cookie_of(text_of(request, "cookie"), source.name);
    case sticky_source::kind::forwarded: {
      auto proxies = text_of(request, "x-forwarded-for");
      return take_until(proxies, ',');
    }
    case sticky_source::kind::address:
      break;
  }
  return {};
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.find_first_of(" \t=;,:\"") == std::string_view::npos;
}

}  // namespace

std::optional<sticky_source> parse_sticky_source(std::string_view text) {
  using kind = sticky_source::kind;
  if (text == "address") return sticky_source{kind::address, {}};
  if (text == "forwarded") return sticky_source{kind::forwarded, {}};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !is_name(text.substr(colon + 1))) return std::nullopt;
  std::string name(text.substr(colon + 1));
  if (text.starts_with("cookie:")) return sticky_source{kind::cookie, std::move(name)};
  if (!text.starts_with("header:")) return std::nullopt;
  for (char& c : name) c = to_lower(c);
  return sticky_source{kind::header, std::move(name)};
}

std::uint64_t sticky_key(const head& request, const sticky_source& source) noexcept {
  const auto key = find_key(request, source);
  return key.empty() ? 0 : hash(key);
}

}  // namespace shoal::http
