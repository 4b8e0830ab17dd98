#include "shm/rate_table.h"

#include <algorithm>
#include <bit>
#include <string>

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::size_t words_per_line = 8;
constexpr unsigned time_bits = 44;
constexpr std::uint64_t time_mask = (std::uint64_t{1} << time_bits) - 1;

/// A process may be this late in reading the clock: a moment that is further ahead than the rule
/// allows and this, is none of the future but one of half a year ago.
constexpr std::uint64_t lateness_us = 60'000'000;

/// Never 0, which is an empty word's.
constexpr std::uint64_t fingerprint_of(std::uint64_t key) noexcept {
  return std::max<std::uint64_t>(key >> time_bits, 1) << time_bits;
}

constexpr std::uint64_t fingerprint_in(std::uint64_t seen) noexcept { return seen & ~time_mask; }

}  // namespace

result<rate_table> rate_table::create(std::size_t buckets, rate_rule rule) {
  if (buckets == 0 || buckets > most_buckets)
    return error{0, "a rate limit needs 1 to " + std::to_string(most_buckets) + " buckets, not " +
                        std::to_string(buckets)};
  if (rule.interval_us == 0 || rule.burst == 0 || rule.interval_us > longest_us ||
      rule.burst > longest_us / rule.interval_us)
    return error{0, "a rate limit's burst must be at least one request and take at most 30 days"};
  const auto words = std::max(std::bit_ceil(buckets), words_per_line);
  auto memory = segment::create("shoal.rate", words * sizeof(word));
  if (!memory) return memory.error();
  if (auto sealed = memory.value().seal(); !sealed) return sealed.error();
  return rate_table(std::move(memory).value(), rule);
}

rate_verdict rate_table::take(std::uint64_t key, std::uint64_t now_us) const noexcept {
  for (;;) {
    auto [at, seen, used] = choose(key, now_us);
    const std::uint64_t wanted = used + rule_.interval_us;
    if (wanted > most_ahead())
      return {
          .allowed = false, .remaining = 0, .retry_us = wanted - most_ahead(), .recovery_us = used};
    const std::uint64_t changed = fingerprint_of(key) | ((now_us + wanted) & time_mask);
    if (at->compare_exchange_weak(seen, changed, relaxed, relaxed))
      return {.allowed = true,
              .remaining = (most_ahead() - wanted) / rule_.interval_us,
              .retry_us = 0,
              .recovery_us = wanted};
  }
}

/// The key's own word, else one that is free or expired, else the one that loses the least. Should
/// the key have two, since two processes brought it in at once, the stricter one counts.
rate_table::choice rate_table::choose(std::uint64_t key, std::uint64_t now_us) const noexcept {
  const std::size_t lines = buckets() / words_per_line;
  auto* const line = reinterpret_cast<word*>(memory_.data()) + (key & (lines - 1)) * words_per_line;
  choice own{}, other{};
  for (std::size_t i = 0; i < words_per_line; ++i) {
    const std::uint64_t seen = line[i].load(relaxed);
    const choice here{&line[i], seen, ahead(seen, now_us)};
    if (fingerprint_in(seen) == fingerprint_of(key)) {
      if (own.at == nullptr || here.ahead_us > own.ahead_us) own = here;
    } else if (other.at == nullptr || here.ahead_us < other.ahead_us) {
      other = here;
    }
  }
  if (own.at != nullptr) return own;
  other.ahead_us = 0;
  return other;
}

std::uint64_t rate_table::ahead(std::uint64_t seen, std::uint64_t now_us) const noexcept {
  if (fingerprint_in(seen) == 0) return 0;
  const std::uint64_t distance = (seen - now_us) & time_mask;
  return distance <= most_ahead() + lateness_us ? distance : 0;
}

}  // namespace shoal::shm
