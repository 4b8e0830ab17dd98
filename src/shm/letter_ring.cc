#include "shm/letter_ring.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "shm/claim.h"

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

constexpr std::size_t line_bytes = 64;
/// Of one call, beyond what the dead and other writers can cause. Nonsense in the memory may cost
/// nobody more than that.
constexpr std::size_t most_steps = 4 * letter_ring::places;
constexpr std::size_t contents_at = 3;  // after the state, sender and type, and the length

enum class kind : std::uint64_t { free, claimed, whole, nothing };

constexpr std::uint64_t lap_of_position(std::uint64_t position) noexcept {
  return position / letter_ring::places & claim_lap_mask;
}
constexpr kind kind_of(std::uint64_t state) noexcept {
  return static_cast<kind>(kind_bits_of(state));
}
constexpr std::uint64_t next(std::uint64_t lap) noexcept { return (lap + 1) & claim_lap_mask; }

constexpr std::size_t words_for(std::size_t most_bytes) noexcept {
  const std::size_t bytes = contents_at * sizeof(word) + most_bytes;
  return (bytes + line_bytes - 1) / line_bytes * (line_bytes / sizeof(word));
}

// By whole words, since another reader may be copying them.
void write(word* to, const std::byte* from, std::size_t bytes) noexcept {
  for (; bytes > 0; ++to) {
    std::uint64_t part = 0;
    const std::size_t now = std::min(bytes, sizeof part);
    std::memcpy(&part, from, now);
    to->store(part, relaxed);
    from += now;
    bytes -= now;
  }
}

void read(std::byte* to, const word* from, std::size_t bytes) noexcept {
  for (; bytes > 0; ++from) {
    const std::uint64_t part = from->load(relaxed);
    const std::size_t now = std::min(bytes, sizeof part);
    std::memcpy(to, &part, now);
    to += now;
    bytes -= now;
  }
}

}  // namespace

std::size_t letter_ring::size_for(std::size_t most_bytes) noexcept {
  return sizeof(front) + places * words_for(most_bytes) * sizeof(word);
}

letter_ring::letter_ring(std::byte* memory, std::size_t most_bytes) noexcept
    : front_(reinterpret_cast<front*>(memory)),
      words_(reinterpret_cast<word*>(memory + sizeof(front))),
      most_bytes_(most_bytes),
      words_a_place_(words_for(most_bytes)) {}

pushed letter_ring::push(pid_t author, const letter_head& head,
                         const std::byte* contents) const noexcept {
  const auto position = claim(author);
  return position ? fill(*position, head, contents) : pushed::full;
}

pushed letter_ring::fill(std::uint64_t position, const letter_head& head,
                         const std::byte* contents) const noexcept {
  SHOAL_DCHECK(head.bytes <= most_bytes_);
  word* const at = place(position);
  at[1].store(std::uint64_t{head.from} << 32 | head.type, relaxed);
  at[2].store(head.bytes, relaxed);
  write(at + contents_at, contents, head.bytes);
  return publish(position, state_of(kind::whole, lap_of_position(position)));
}

pushed letter_ring::waive(std::uint64_t position) const noexcept {
  return publish(position, state_of(kind::nothing, lap_of_position(position)));
}

pushed letter_ring::publish(std::uint64_t position, std::uint64_t state) const noexcept {
  // Sequentially consistent with the two of may_sleep(): one of us sees the other.
  place(position)->store(state, seq_cst);
  if (front_->asleep.load(seq_cst) == 0) return pushed::taken;
  return front_->asleep.exchange(0, seq_cst) != 0 ? pushed::unheard : pushed::taken;
}

std::optional<std::uint64_t> letter_ring::claim(pid_t author) const noexcept {
  const auto name = claim_name(author);
  std::uint64_t tail = front_->tail.load(relaxed);
  for (std::size_t steps = 0; steps < most_steps; ++steps) {
    word* const at = place(tail);
    const std::uint64_t lap = lap_of_position(tail);
    std::uint64_t seen = at->load(acquire);
    if (next(lap_of(seen)) == lap) return std::nullopt;  // of the lap before, and not read
    const bool mine =
        seen == state_of(kind::free, lap) &&
        // Acquire: after the reader's copy of what is overwritten now.
        at->compare_exchange_strong(seen, state_of(kind::claimed, lap, name), acquire, relaxed);
    const std::uint64_t position = tail;
    // Somebody may be dead who should have done it.
    if (front_->tail.compare_exchange_strong(tail, tail + 1, relaxed)) ++tail;
    if (mine) return position;
  }
  return std::nullopt;
}

bool letter_ring::take(letter_head& head, std::byte* into) const noexcept {
  for (std::size_t steps = 0; steps < most_steps; ++steps) {
    const auto at = look(head, into);
    if (!at) return false;
    if (take(*at)) return true;
  }
  return false;
}

std::optional<std::uint64_t> letter_ring::look(letter_head& head, std::byte* into) const noexcept {
  for (std::size_t steps = 0; steps < most_steps; ++steps) {
    const std::uint64_t position = front_->head.load(acquire);
    word* const at = place(position);
    const std::uint64_t lap = lap_of_position(position);
    // Acquire: with the writer's store of `whole`.
    const std::uint64_t seen = at->load(acquire);
    if (lap_of(seen) == lap && kind_of(seen) != kind::whole && kind_of(seen) != kind::nothing)
      return std::nullopt;
    if (seen != state_of(kind::whole, lap)) {
      step_over(position, *at, seen);
      continue;
    }
    const std::uint64_t names = at[1].load(relaxed);
    const auto bytes = std::min<std::uint64_t>(at[2].load(relaxed), most_bytes_);
    read(into, at + contents_at, bytes);
    head = {.from = static_cast<std::uint32_t>(names >> 32),
            .type = static_cast<std::uint32_t>(names),
            .bytes = static_cast<std::uint32_t>(bytes)};
    return position;
  }
  return std::nullopt;
}

bool letter_ring::take(std::uint64_t position) const noexcept {
  const std::uint64_t lap = lap_of_position(position);
  std::uint64_t expected = state_of(kind::whole, lap);
  // Release: the copy is over before the next writer, who acquires this, overwrites it.
  const bool mine = place(position)->compare_exchange_strong(
      expected, state_of(kind::free, next(lap)), acq_rel, relaxed);
  front_->head.compare_exchange_strong(position, position + 1, release, relaxed);
  return mine;
}

/// Void, or read already by somebody who has not moved the head.
void letter_ring::step_over(std::uint64_t position, word& state,
                            std::uint64_t seen) const noexcept {
  const std::uint64_t lap = lap_of_position(position);
  if (seen == state_of(kind::nothing, lap))
    state.compare_exchange_strong(seen, state_of(kind::free, next(lap)), acq_rel, relaxed);
  front_->head.compare_exchange_strong(position, position + 1, release, relaxed);
}

bool letter_ring::may_sleep() const noexcept {
  front_->asleep.store(1, seq_cst);
  return !stirs();
}

std::uint64_t letter_ring::position() const noexcept { return front_->head.load(acquire); }

bool letter_ring::stirs() const noexcept {
  const std::uint64_t position = front_->head.load(acquire);
  const std::uint64_t seen = place(position)->load(seq_cst);
  const bool same_lap = lap_of(seen) == lap_of_position(position);
  return !same_lap || kind_of(seen) == kind::whole || kind_of(seen) == kind::nothing;
}

unsigned letter_ring::give_up(pid_t author) const noexcept {
  const auto name = claim_name(author);
  unsigned count = 0;
  for (std::uint64_t p = 0; p < places; ++p) {
    word& state = *place(p);
    std::uint64_t seen = state.load(acquire);
    if (kind_of(seen) != kind::claimed || holder_of(seen) != name) continue;
    if (state.compare_exchange_strong(seen, state_of(kind::nothing, lap_of(seen)), acq_rel,
                                      relaxed))
      ++count;
  }
  return count;
}

}  // namespace shoal::shm
