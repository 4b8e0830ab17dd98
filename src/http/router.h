// Which route a request belongs to.
//
// Patterns are paths whose segments are literal, `{name}` (one segment, not empty) or, last,
// `{name...}` (the rest, which may be empty). The most specific route wins whatever the order of
// registration: at the first segment where two differ, literal before parameter before rest. A
// route of another method does not stand in the way of a less specific one. Two routes that match
// the same requests and of which neither is more specific are refused.
//
// A slash at the end is significant, and "//" has an ordinary empty segment between its slashes.
// Literals are compared with the path as it was sent.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "shoal/http/method.h"

namespace shoal::http {

inline constexpr std::size_t max_path_parameters = 8;

using route_id = std::uint32_t;

struct route_match {
  enum class kind : std::uint8_t { found, not_found, method_not_allowed };
  kind what = kind::not_found;
  route_id route = 0;
  std::uint8_t parameter_count = 0;
  /// Segments as sent, still percent-encoded; views into the path.
  std::array<std::string_view, max_path_parameters> parameters;
  /// Bit n: method n has a route for this path (GET implies HEAD; OPTIONS is always set). Filled
  /// for method_not_allowed, which is also what an OPTIONS request without a route of its own gets.
  std::uint16_t allowed = 0;
};

class router final {
 public:
  router();
  ~router();
  router(router&&) noexcept;
  router& operator=(router&&) noexcept;

  /// Before the first match(). `where` ("main.cc:12") stands in the error for a conflict, which
  /// names both routes, and for a pattern that is none. `verb` may be `other` for any method.
  [[nodiscard]] result<void> add(method verb, std::string_view pattern, route_id route,
                                 std::string_view where);

  /// HEAD falls back to GET, and any method to a route for `other`. Threads: any number at once.
  /// Cost: no allocation; for a path without parameters one hash look-up.
  [[nodiscard]] route_match match(method verb, std::string_view path) const noexcept;

 private:
  struct tree;
  std::unique_ptr<tree> tree_;
};

/// Decodes %XX into `out` (at least text.size() bytes). Returns the decoded length, or npos for a
/// broken escape or an encoded NUL.
[[nodiscard]] std::size_t percent_decode(std::string_view text, char* out) noexcept;

}  // namespace shoal::http
