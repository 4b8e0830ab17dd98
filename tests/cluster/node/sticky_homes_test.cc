#include "cluster/node/sticky_homes.h"

#include <gtest/gtest.h>

#include <set>

#include "shm/slot_writer.h"

namespace shoal::cluster {
namespace {

using std::chrono::milliseconds;

struct StickyHomes : testing::Test {
  static constexpr unsigned workers = 4;
  static constexpr unsigned self = 1;

  shm::load_segment segment =
      std::move(shm::load_segment::create(workers, "test", read_clock()).value());
  sticky_homes homes{segment, self};
  monotonic_time now = read_clock();

  void say(unsigned worker, shm::worker_state state) {
    shm::slot_writer(segment.slot(worker), {}, now).set_state(state);
  }
  void all_become_ready() {
    for (unsigned w = 0; w < workers; ++w) say(w, shm::worker_state::ready);
    ASSERT_TRUE(homes.have_changed(now));
  }
  void let_pass(nanoseconds time) { now += time; }
};

TEST_F(StickyHomes, UntilOthersAreReadyAllKeysLiveHere) {
  EXPECT_FALSE(homes.have_changed(now));
  for (std::uint64_t key = 1; key < 100; ++key) EXPECT_TRUE(homes.lives_here(key));
}

TEST_F(StickyHomes, KeysLiveInAllProcessesAndHereAreThoseOfThisWorker) {
  all_become_ready();
  std::set<unsigned> seen;
  for (std::uint64_t key = 1; key < 100; ++key) {
    seen.insert(homes.home_of(key));
    EXPECT_EQ(homes.lives_here(key), homes.home_of(key) == self);
  }
  EXPECT_EQ(seen.size(), workers);
}

TEST_F(StickyHomes, OnlyTheKeysOfAWorkerThatGoesMoveAndTheyReturn) {
  all_become_ready();
  const sticky_homes before = homes;
  say(2, shm::worker_state::crashed);
  let_pass(sticky_homes::look_every);
  ASSERT_TRUE(homes.have_changed(now));
  for (std::uint64_t key = 1; key < 1000; ++key) {
    const bool was_its_own = before.home_of(key) == 2;
    EXPECT_EQ(homes.home_of(key) != before.home_of(key), was_its_own);
    EXPECT_NE(homes.home_of(key), 2U);
  }
  say(2, shm::worker_state::ready);
  let_pass(sticky_homes::look_every);
  ASSERT_TRUE(homes.have_changed(now));
  for (std::uint64_t key = 1; key < 1000; ++key) {
    EXPECT_EQ(homes.home_of(key), before.home_of(key));
  }
}

TEST_F(StickyHomes, TheSlotsAreLookedAtNowAndThen) {
  all_become_ready();
  say(2, shm::worker_state::draining);
  let_pass(sticky_homes::look_every - milliseconds(1));
  EXPECT_FALSE(homes.have_changed(now));
  let_pass(milliseconds(1));
  EXPECT_TRUE(homes.have_changed(now));
  let_pass(sticky_homes::look_every);
  EXPECT_FALSE(homes.have_changed(now));
}

TEST_F(StickyHomes, GarbageIsNoHome) {
  all_become_ready();
  segment.slot(3).state.store(~std::uint64_t{0});
  let_pass(sticky_homes::look_every);
  EXPECT_TRUE(homes.have_changed(now));
  for (std::uint64_t key = 1; key < 100; ++key) EXPECT_NE(homes.home_of(key), 3U);
}

TEST_F(StickyHomes, StraysTryAgainButNotAllTheTime) {
  all_become_ready();
  unsigned times = 0;
  for (int ms = 0; ms < 1000; ++ms) {
    homes.takes_in_stray();
    let_pass(milliseconds(1));
    times += homes.have_changed(now) ? 1 : 0;
  }
  EXPECT_GE(times, 9U);
  EXPECT_LE(times, 11U);
  let_pass(sticky_homes::strays_stay);
  (void)homes.have_changed(now);  // of the last ones
  let_pass(sticky_homes::strays_stay);
  EXPECT_FALSE(homes.have_changed(now));
}

}  // namespace
}  // namespace shoal::cluster
