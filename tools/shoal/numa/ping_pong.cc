#include "numa/ping_pong.h"

#include <atomic>
#include <cstdint>
#include <latch>
#include <thread>

#include "base/clock.h"
#include "topology/pin.h"

namespace shoal::numa {
namespace {

/// Two lines: a prefetcher that fetches them in pairs shall find nobody else's in the second.
struct alignas(128) shared_word {
  // Both threads write it in turn and read it; release hands the turn over, acquire takes it.
  std::atomic<std::uint32_t> turn{0};
};

void wait_for(const shared_word& word, std::uint32_t turn) noexcept {
  while (word.turn.load(std::memory_order_acquire) != turn) {
  }
}

void call(shared_word& word, std::uint32_t rounds) noexcept {
  for (std::uint32_t i = 0; i < rounds; ++i) {
    word.turn.store(2 * i + 1, std::memory_order_release);
    wait_for(word, 2 * i + 2);
  }
}

void answer(shared_word& word, std::uint32_t rounds) noexcept {
  for (std::uint32_t i = 0; i < rounds; ++i) {
    wait_for(word, 2 * i + 1);
    word.turn.store(2 * i + 2, std::memory_order_release);
  }
}

}  // namespace

result<std::vector<double>> ping_pong_ns(unsigned a, unsigned b, unsigned repeats,
                                         unsigned rounds) {
  shared_word word;
  std::vector<double> ns;
  result<void> pinned[2];
  std::latch ready(2);
  const auto both_ready = [&](unsigned cpu, result<void>& outcome) {
    outcome = topology::pin_this_thread(cpu);
    ready.arrive_and_wait();
    return pinned[0].ok() && pinned[1].ok();
  };
  // One round more than is counted: the first brings both to speed.
  std::thread answers([&] {
    if (!both_ready(b, pinned[1])) return;
    for (unsigned i = 0; i <= repeats; ++i) answer(word, rounds);
  });
  std::thread calls([&] {
    if (!both_ready(a, pinned[0])) return;
    for (unsigned i = 0; i <= repeats; ++i) {
      const auto began = read_clock();
      call(word, rounds);
      const auto took = read_clock() - began;
      if (i > 0) ns.push_back(static_cast<double>(took.count()) / (2.0 * rounds));
    }
  });
  calls.join();
  answers.join();
  for (const auto& outcome : pinned) {
    if (!outcome) return outcome.error();
  }
  return ns;
}

}  // namespace shoal::numa
