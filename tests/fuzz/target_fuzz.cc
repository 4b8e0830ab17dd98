// A request target, as far as it chooses a route: it is taken apart without a byte lost, the router
// finds what a plain reading of its rules finds, and percent-encoding means what it says.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/chars.h"
#include "http/parser.h"
#include "http/router.h"

namespace shoal::http {
namespace {

constexpr std::array<std::string_view, 9> patterns{"/",         "/a",        "/a/{x}",
                                                   "/a/{x}/b",  "/{x}/b",    "/{x}/{y}/",
                                                   "/a/{x...}", "/c/{x...}", "/{x}/{y}/{z...}"};

const router& routes() {
  static const router made = [] {
    router r;
    for (std::size_t i = 0; i < patterns.size(); ++i)
      SHOAL_CHECK(r.add(method::get, patterns[i], static_cast<route_id>(i), "here"));
    return r;
  }();
  return made;
}

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> all;
  for (;;) {
    path.remove_prefix(1);
    const auto slash = std::min(path.find('/'), path.size());
    all.push_back(path.substr(0, slash));
    if (slash == path.size()) return all;
    path.remove_prefix(slash);
  }
}

/// How specific a pattern is for these segments: a digit for each of its own, 0 literal, 1
/// parameter, 2 rest; empty if it does not match.
std::string rank(std::string_view pattern, const std::vector<std::string_view>& path) {
  const auto parts = segments(pattern);
  std::string digits;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].ends_with("...}")) return path.size() > i ? digits + '2' : std::string();
    if (i == path.size()) return {};
    const bool parameter = parts[i].starts_with('{');
    if (parameter ? path[i].empty() : parts[i] != path[i]) return {};
    digits += parameter ? '1' : '0';
  }
  return parts.size() == path.size() ? digits : std::string();
}

void check_route(std::string_view path) {
  const auto parts = segments(path);
  std::string best;
  std::size_t expected = patterns.size();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const auto digits = rank(patterns[i], parts);
    if (!digits.empty() && (best.empty() || digits < best)) {
      best = digits;
      expected = i;
    }
  }
  const auto match = routes().match(method::get, path);
  SHOAL_CHECK((match.what == route_match::kind::found) == (expected < patterns.size()));
  if (match.what != route_match::kind::found) return;
  SHOAL_CHECK(match.route == expected);
  SHOAL_CHECK(match.parameter_count ==
              std::count(patterns[expected].begin(), patterns[expected].end(), '{'));
  for (std::size_t i = 0; i < match.parameter_count; ++i) {
    const auto p = match.parameters[i];
    SHOAL_CHECK(p.data() >= path.data() && p.data() + p.size() <= path.data() + path.size());
  }
}

void check_percent(std::string_view text) {
  std::string out(text.size(), '\0');
  const auto size = percent_decode(text, out.data());
  SHOAL_CHECK(size == std::string_view::npos || size <= text.size());
  if (size != std::string_view::npos && text.find('%') == std::string_view::npos)
    SHOAL_CHECK(std::string_view(out).substr(0, size) == text);
  std::string coded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    coded += '%';
    coded += "0123456789abcdef"[byte >> 4];
    coded += "0123456789ABCDEF"[byte & 15];
  }
  std::string again(coded.size(), '\0');
  const auto decoded = percent_decode(coded, again.data());
  const bool nul = text.find('\0') != std::string_view::npos;
  SHOAL_CHECK(nul ? decoded == std::string_view::npos
                  : std::string_view(again).substr(0, decoded) == text);
}

/// The target's parts, joined again.
void check_parts(const head& h) {
  const auto target = h.text(h.target);
  const auto path = h.text(h.path);
  if (target == "*") return;
  auto rest = std::string(h.query.size != 0 || target.ends_with('?') ? "?" : "");
  rest += h.text(h.query);
  if (target.front() == '/') {
    SHOAL_CHECK(target == std::string(path) + rest);
  } else {
    const auto origin = target.substr(0, 7 + h.host.size);
    SHOAL_CHECK(origin.ends_with(h.text(h.host)));
    const auto behind = target.substr(origin.size());
    SHOAL_CHECK(behind == std::string(path) + rest || (path == "/" && behind == rest));
  }
}

void check_request(std::string_view verb, std::string_view target) {
  const std::string bytes =
      std::string(verb) + " " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  const fuzz::exact_copy copy(bytes);
  parse_progress progress;
  head h;
  const auto result = parse_head(copy.view(), {}, progress, h);
  if (result.status != parse_status::complete || result.skipped != 0) return;
  if (h.size != bytes.size() || h.text(h.target) != target) return;  // it ended the line itself
  check_parts(h);
  const auto path = h.text(h.path);
  std::string decoded(path.size(), '\0');
  const auto size = percent_decode(path, decoded.data());
  SHOAL_CHECK(size != std::string_view::npos || path.find("%00") != std::string_view::npos);
  if (path.starts_with('/')) check_route(path);
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = shoal::fuzz::as_text(data, size);
  shoal::http::check_percent(text);
  for (const auto* verb : {"GET", "OPTIONS", "CONNECT"}) shoal::http::check_request(verb, text);
  return 0;
}
