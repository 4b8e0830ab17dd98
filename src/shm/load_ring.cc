#include "shm/load_ring.h"

#include <algorithm>
#include <optional>

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

/// Two numbers that are read together, in one word.
std::uint64_t pair_of(std::uint32_t low, std::uint32_t high) noexcept {
  return std::uint64_t{high} << 32 | low;
}
std::uint32_t low_of(std::uint64_t pair) noexcept { return static_cast<std::uint32_t>(pair); }
std::uint32_t high_of(std::uint64_t pair) noexcept {
  return static_cast<std::uint32_t>(pair >> 32);
}

std::size_t place_of(std::uint64_t sequence) noexcept { return (sequence - 1) % ring_capacity; }

/// Record number `sequence`, if it is there whole.
std::optional<load_sample> read_record(const load_ring& ring, std::uint64_t sequence) noexcept {
  const load_record& r = ring.records[place_of(sequence)];
  if (r.last.load(acquire) != sequence) return std::nullopt;
  load_sample s;
  s.at_ns = r.at_ns.load(acquire);
  s.requests_total = r.requests_total.load(acquire);
  s.busy_ns = r.busy_ns.load(acquire);
  const std::uint64_t open = r.connections_requests.load(acquire);
  s.connections_open = low_of(open);
  s.requests_in_flight = high_of(open);
  s.longest_turn_ns = r.longest_turn_ns.load(acquire);
  s.generation = r.generation.load(acquire);
  s.lag_mean_ns = r.lag_mean_ns.load(acquire);
  s.run_delay_ns = r.run_delay_ns.load(acquire);
  s.predicted_work_us = r.predicted_work_us.load(acquire);
  const std::uint64_t waiting = r.unserved_jobs.load(acquire);
  s.unserved = low_of(waiting);
  s.jobs_queued = high_of(waiting);
  s.resident_bytes = r.resident_bytes.load(acquire);
  if (r.first.load(relaxed) != sequence) return std::nullopt;
  return s;
}

}  // namespace

void append(load_ring& ring, const load_sample& s) noexcept {
  const std::uint64_t sequence = ring.written.load(relaxed) + 1;
  load_record& r = ring.records[place_of(sequence)];
  r.first.store(sequence, relaxed);
  r.at_ns.store(s.at_ns, release);
  r.requests_total.store(s.requests_total, release);
  r.busy_ns.store(s.busy_ns, release);
  r.connections_requests.store(pair_of(s.connections_open, s.requests_in_flight), release);
  r.longest_turn_ns.store(s.longest_turn_ns, release);
  r.generation.store(s.generation, release);
  r.lag_mean_ns.store(s.lag_mean_ns, release);
  r.run_delay_ns.store(s.run_delay_ns, release);
  r.predicted_work_us.store(s.predicted_work_us, release);
  r.unserved_jobs.store(pair_of(s.unserved, s.jobs_queued), release);
  r.resident_bytes.store(s.resident_bytes, release);
  r.last.store(sequence, release);
  ring.written.store(sequence, release);
}

std::vector<load_sample> read_last(const load_ring& ring, std::size_t count) {
  const std::uint64_t newest = ring.written.load(acquire);
  count = std::min<std::uint64_t>({count, ring_capacity, newest});
  std::vector<load_sample> samples;
  samples.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (const auto sample = read_record(ring, newest - count + 1 + i)) samples.push_back(*sample);
  }
  return samples;
}

}  // namespace shoal::shm
