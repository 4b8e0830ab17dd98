#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/hooks.h"

namespace shoal {

/// Whose request it is: any bytes. nullopt: nobody's, and not limited.
using rate_key = std::function<std::optional<std::string>(context&)>;

/// The client's address; of an IPv6 address the first 64 bits, since whoever has one has all the
/// others of that network. All clients whose address is not known are one.
[[nodiscard]] std::optional<std::string> address_key(context& c);

/// The first field of that name; without it, the address. A client that may choose its value
/// freely has as many keys as it likes: for fields that have been checked before, such as API keys.
[[nodiscard]] rate_key header_key(std::string name);

/// `requests` for each `per`, evenly: a token bucket. The time between two is rounded up to whole
/// microseconds.
struct rate_limit_options {
  std::uint64_t requests = 100;
  std::chrono::microseconds per = std::chrono::minutes(1);
  std::uint64_t burst = 0;  ///< how many at once; 0: as many as `requests`
  rate_key key = address_key;
  /// Keys that are remembered at once, 8 bytes each, rounded up to a power of two. When there are
  /// more, those that have used least of their burst are forgotten.
  std::size_t buckets = 65'536;

  std::chrono::steady_clock::time_point (*clock)() = &std::chrono::steady_clock::now;
};

/// A limit that all workers of all processes share. Made before app.run(): it lives in shared
/// memory that forked processes inherit, and its counts survive the restart of one.
///
/// Errors    the constructor throws std::invalid_argument for options that make no sense (no key,
///           less than a microsecond between two requests, a burst of more than 30 days) and
///           std::runtime_error where there is no memory
/// Cost      of a request: a hash, one cache line that other workers may own, a clock, and what
///           three fields and a value in the context allocate; no lock, no system call but the one
///           by which address_key() learns a connection's address, once
class rate_limiter final {
 public:
  explicit rate_limiter(rate_limit_options options);

  /// 429 with Retry-After for a request beyond the limit.
  [[nodiscard]] std::optional<response> before(context& c) const;

  /// RateLimit-Limit, -Remaining and -Reset (seconds) on what before() has counted.
  void after(context& c, response& r) const;

 private:
  struct state;
  std::shared_ptr<const state> state_;
};

/// Adds both halves to an app or a group:
///
///   shoal::rate_limit(api, {.requests = 100, .per = 1min, .key = shoal::header_key("X-Api-Key")});
template <typename Scope>
void rate_limit(Scope& scope, rate_limit_options options) {
  const rate_limiter limiter(std::move(options));
  scope.before([limiter](context& c) { return limiter.before(c); });
  scope.after([limiter](context& c, response& r) { limiter.after(c, r); });
}

}  // namespace shoal
