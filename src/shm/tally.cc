#include "shm/tally.h"

#include <algorithm>

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

constexpr std::uint64_t most = std::uint64_t{1} << 53;     // whole in a double, centuries away
constexpr std::uint64_t most_ns = std::uint64_t{1} << 62;  // 2^53 would be 104 days

constexpr std::uint64_t limit_of(std::size_t count) noexcept {
  const bool time = count == static_cast<std::size_t>(total::busy_ns) ||
                    count == static_cast<std::size_t>(total::run_delay_ns);
  return time ? most_ns : most;
}

void mend(word& w, std::uint64_t limit) noexcept {
  std::uint64_t seen = w.load(relaxed);
  while (seen > limit && !w.compare_exchange_weak(seen, 0, relaxed, relaxed)) {
  }
}

void raise(word& w, std::uint64_t to) noexcept {
  std::uint64_t seen = w.load(relaxed);
  while (seen < to && !w.compare_exchange_weak(seen, to, relaxed, relaxed)) {
  }
}

}  // namespace

void take_up(worker_tally& t, std::uint64_t generation, std::uint64_t restarts) noexcept {
  for (std::size_t i = 0; i < totals; ++i) mend(t.counts[i], limit_of(i));
  for (word* w : {&t.generation, &t.restarts}) mend(*w, most);
  for (word& w : t.latency) mend(w, most);
  mend(t.latency_sum_ns, most_ns);
  raise(t.generation, generation);
  raise(t.restarts, restarts);
}

void add(worker_tally& t, total what, std::uint64_t more) noexcept {
  if (more != 0) t.counts[static_cast<std::size_t>(what)].fetch_add(more, relaxed);
}

void add_latency(worker_tally& t, nanoseconds took, std::uint64_t requests) noexcept {
  if (requests == 0) return;
  t.latency[latency_bucket(took)].fetch_add(requests, relaxed);
  const auto each_ns = static_cast<std::uint64_t>(std::max(took, nanoseconds(0)).count());
  t.latency_sum_ns.fetch_add(each_ns * requests, relaxed);
}

tally_view read_tally(const worker_tally& t) noexcept {
  tally_view v;
  // Once: whoever can write a word could change it between two looks.
  const auto number = [&v](const word& w, std::uint64_t limit) {
    const std::uint64_t value = w.load(relaxed);
    v.suspect |= value > limit;
    return value;
  };
  for (std::size_t i = 0; i < totals; ++i) v.counts[i] = number(t.counts[i], limit_of(i));
  v.generation = number(t.generation, most);
  v.restarts = number(t.restarts, most);
  for (std::size_t i = 0; i < latency_buckets; ++i) v.latency[i] = number(t.latency[i], most);
  v.latency_sum_ns = number(t.latency_sum_ns, most_ns);
  return v;
}

}  // namespace shoal::shm
