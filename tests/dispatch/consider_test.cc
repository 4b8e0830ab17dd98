#include "dispatch/consider.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "base/random.h"
#include "dispatch/policy.h"
#include "seed.h"
#include "shm/load_slot.h"

namespace shoal::dispatch {
namespace {

using namespace std::chrono_literals;

shm::slot_view ready() {
  shm::slot_view slot;
  slot.state = shm::worker_state::ready;
  slot.node = 1;
  slot.cpu = 3;
  return slot;
}

TEST(Consider, TakesAReadyWorkerAsItIs) {
  shm::slot_view slot = ready();
  slot.connections_open = 7;
  slot.predicted_work_us = 500;
  slot.busy = 100ms;
  slot.requests_total = 1000;  // 100 us each
  const candidate c = consider(slot, 25ms);
  EXPECT_TRUE(c.eligible);
  EXPECT_EQ(c.node, 1U);
  EXPECT_EQ(c.cpu, 3U);
  EXPECT_EQ(c.weight, 1U);
  EXPECT_EQ(c.connections, 7U);
  EXPECT_EQ(c.work_us, 500U + 7 * 100);
}

TEST(Consider, ExcludesWhoCannotServeNow) {
  for (const auto state :
       {shm::worker_state::empty, shm::worker_state::booting, shm::worker_state::draining,
        shm::worker_state::stopped, shm::worker_state::crashed}) {
    shm::slot_view slot = ready();
    slot.state = state;
    EXPECT_FALSE(consider(slot, 25ms).eligible) << shm::name_of(state);
  }
  shm::slot_view stuck = ready();
  stuck.turn_age = 25ms - 1ns;
  EXPECT_TRUE(consider(stuck, 25ms).eligible);
  stuck.turn_age = 25ms;
  EXPECT_FALSE(consider(stuck, 25ms).eligible);
  shm::slot_view damaged = ready();
  damaged.suspect = true;
  EXPECT_FALSE(consider(damaged, 25ms).eligible);
}

TEST(Consider, PrefersFewerConnectionsBeforeTheFirstAnswer) {
  shm::slot_view few = ready();
  few.connections_open = 1;
  shm::slot_view many = ready();
  many.connections_open = 2;
  EXPECT_LT(consider(few, 1s).work_us, consider(many, 1s).work_us);
}

TEST(Consider, KnowsThatAWorkerIsOnNoCore) {
  shm::slot_view slot = ready();
  slot.cpu = shm::not_pinned;
  EXPECT_EQ(consider(slot, 1s).cpu, nowhere);
}

TEST(Consider, CutsWhatNobodyCanHaveToDo) {
  shm::slot_view slot = ready();
  slot.predicted_work_us = ~0ULL;
  slot.connections_open = ~0ULL;
  EXPECT_LE(consider(slot, 1s).work_us, 3'600'000'000U);
}

// A killed writer, a bug, malice: whatever the bytes, no policy fails or chooses nobody's number.
TEST(Consider, LetsNoGarbageReachAPolicy) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  std::vector<shm::load_slot> slots(8);
  unsigned decisions = 0;
  for (int round = 0; round < 2000; ++round) {
    std::vector<candidate> all;
    for (shm::load_slot& slot : slots) {
      auto* const words = reinterpret_cast<shm::word*>(&slot);
      for (std::size_t i = 0; i < sizeof slot / sizeof(shm::word); ++i) {
        words[i].store(random.one_in(32) ? random.next() >> random.below(64) : 0);
      }
      slot.state.store(random.below(6));
      const monotonic_time now(1ms * (1 + random.below(100)));
      const shm::slot_view view = shm::read_slot(slot, now);
      all.push_back(consider(view, 25ms));
      ASSERT_FALSE(all.back().eligible && view.suspect);
    }
    for (const policy_kind kind : all_policies) {
      const unsigned chosen = choose(kind, all, {.key = random.next(), .seed = random.next()});
      ASSERT_TRUE(chosen == nobody || (chosen < all.size() && all[chosen].eligible));
      decisions += chosen == nobody ? 0 : 1;
    }
  }
  EXPECT_GT(decisions, 1000U);  // it has seen slots that are nearly right
}

}  // namespace
}  // namespace shoal::dispatch
