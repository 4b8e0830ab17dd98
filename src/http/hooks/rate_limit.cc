#include "shoal/http/rate_limit.h"

#include <stdexcept>

#include "base/random.h"
#include "http/hooks/keyed_hash.h"
#include "http/hooks/network.h"
#include "shm/rate_table.h"
#include "shoal/http/problem.h"

namespace shoal {
namespace {

shm::rate_rule rule_of(const rate_limit_options& options) {
  if (!options.key || options.clock == nullptr)
    throw std::invalid_argument("shoal::rate_limit: key and clock must be functions");
  if (options.requests == 0 || options.per.count() <= 0)
    throw std::invalid_argument("shoal::rate_limit: requests and per must be above zero");
  const auto per = static_cast<std::uint64_t>(options.per.count());
  if (options.requests > per)
    throw std::invalid_argument("shoal::rate_limit: more than a request for each microsecond");
  // Rounded up: never more than was asked for.
  return {.interval_us = (per + options.requests - 1) / options.requests,
          .burst = options.burst == 0 ? options.requests : options.burst};
}

shm::rate_table make_table(const rate_limit_options& options) {
  auto made = shm::rate_table::create(options.buckets, rule_of(options));
  if (made) return std::move(made).value();
  if (made.error().code == 0)
    throw std::invalid_argument("shoal::rate_limit: " + made.error().message);
  throw std::runtime_error("shoal::rate_limit: " + made.error().message);
}

std::string in_seconds(std::uint64_t us) { return std::to_string((us + 999'999) / 1'000'000); }

/// What before() leaves for after().
struct counted {
  const void* by;
  shm::rate_verdict verdict;
};

}  // namespace

struct rate_limiter::state {
  explicit state(rate_limit_options given)
      : options(std::move(given)), table(make_table(options)), seed{draw_seed(), draw_seed()} {}

  rate_limit_options options;
  shm::rate_table table;
  // Drawn before the fork: all processes must mean the same bucket.
  http::hash_key seed;
};

rate_limiter::rate_limiter(rate_limit_options options)
    : state_(std::make_shared<const state>(std::move(options))) {}

std::optional<response> rate_limiter::before(context& c) const {
  const auto key = state_->options.key(c);
  if (!key) return std::nullopt;
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(
      state_->options.clock().time_since_epoch());
  const auto verdict = state_->table.take(http::keyed_hash(state_->seed, *key),
                                          static_cast<std::uint64_t>(now.count()));
  c.set(counted{state_.get(), verdict});
  if (verdict.allowed) return std::nullopt;
  return problem(status::too_many_requests).header("Retry-After", in_seconds(verdict.retry_us));
}

void rate_limiter::after(context& c, response& r) const {
  const auto* seen = c.get<counted>();
  if (seen == nullptr || seen->by != state_.get()) return;  // of a limit further in
  r.set_header("RateLimit-Limit", std::to_string(state_->table.rule().burst));
  r.set_header("RateLimit-Remaining", std::to_string(seen->verdict.remaining));
  r.set_header("RateLimit-Reset", in_seconds(seen->verdict.recovery_us));
}

std::optional<std::string> address_key(context& c) {
  return http::network_of(std::string(c.remote_address()));
}

rate_key header_key(std::string name) {
  return [name = std::move(name)](context& c) -> std::optional<std::string> {
    if (const auto value = c.header(name)) return "=" + std::string(*value);
    return "@" + address_key(c).value_or("");  // marked: no value is some other client's address
  };
}

}  // namespace shoal
