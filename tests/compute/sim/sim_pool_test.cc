#include "compute/sim/sim_pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "compute/some_job.h"

namespace shoal::compute::sim {
namespace {

using std::chrono::milliseconds;

/// Some jobs on two threads.
std::vector<std::int64_t> play(std::uint64_t seed) {
  io::sim::world world(seed);
  io::loop loop(world.io());
  sim_pool pool(world, seed, {.threads = 2});
  std::vector<std::unique_ptr<test::some_job>> jobs;
  std::vector<std::int64_t> times;
  for (int i = 0; i < 8; ++i) {
    auto& j = jobs.emplace_back(std::make_unique<test::some_job>(loop));
    j->at_home = [&] { times.push_back(world.now().time_since_epoch().count()); };
    EXPECT_TRUE(pool.submit(*j));
  }
  EXPECT_TRUE(world.run(loop));
  for (const auto& j : jobs) {
    EXPECT_EQ(j->ran, 1);
    EXPECT_EQ(j->came_home, 1);
    EXPECT_GE(j->wall, sim_pool_options{}.least_time);
    EXPECT_LE(j->wall, sim_pool_options{}.most_time);
  }
  return times;
}

TEST(SimPool, ASeedReplays) {
  const auto first = play(7);
  EXPECT_EQ(first, play(7));
  EXPECT_NE(first, play(8));
}

class OneThread : public testing::Test {
 protected:
  io::sim::world world_{1};
  io::loop loop_{world_.io()};
  sim_pool pool_{world_, 1, {.threads = 1, .capacity = 2}};
  test::some_job one_{loop_};
  test::some_job two_{loop_};
  test::some_job three_{loop_};
};

TEST_F(OneThread, RunsNothingInsideSubmit) {
  ASSERT_TRUE(pool_.submit(one_));
  EXPECT_EQ(one_.ran, 0);
  EXPECT_EQ(pool_.waiting(), 1U);
  world_.run(loop_);
  EXPECT_EQ(one_.ran, 1);
}

TEST_F(OneThread, RefusesWhatFindsNoPlace) {
  ASSERT_TRUE(pool_.submit(one_));
  ASSERT_TRUE(pool_.submit(two_));
  EXPECT_FALSE(pool_.submit(three_));
  world_.run(loop_);
  EXPECT_EQ(three_.came_home, 0);
}

TEST_F(OneThread, SendsHomeUnrunWhatIsGivenUpOrTooLate) {
  ASSERT_TRUE(pool_.submit(one_));
  ASSERT_TRUE(pool_.submit(two_));
  one_.given_up = true;
  two_.latest_start = world_.now() - milliseconds(1);
  world_.run(loop_);
  EXPECT_EQ(one_.what, job::result::given_up);
  EXPECT_EQ(two_.what, job::result::too_late);
  EXPECT_EQ(one_.ran + two_.ran, 0);
}

TEST_F(OneThread, StoppedItGivesUpWhatWaitsAndEndsWhatRuns) {
  ASSERT_TRUE(pool_.submit(one_));
  while (pool_.running() == 0) loop_.run_turn(loop_.now() + milliseconds(1));
  ASSERT_TRUE(pool_.submit(two_));
  pool_.stop();
  EXPECT_FALSE(pool_.submit(three_));
  world_.run(loop_);
  EXPECT_EQ(one_.what, job::result::ran);
  EXPECT_EQ(two_.what, job::result::given_up);
}

}  // namespace
}  // namespace shoal::compute::sim
