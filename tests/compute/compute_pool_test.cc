#include "compute/compute_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "compute/some_job.h"
#include "support/sanitizers.h"

namespace shoal::compute {
namespace {

TEST(ComputePool, JobsRunOnItsThreadsAndComeHome) {
  test::home_loop home;
  compute_pool pool({.threads = 2});
  std::thread::id ran_on;
  int nice = 0;
  test::some_job j(home.loop, [&] {
    ran_on = std::this_thread::get_id();
    nice = ::getpriority(PRIO_PROCESS, 0);
  });
  std::thread::id came_home_on;
  j.at_home = [&] { came_home_on = std::this_thread::get_id(); };
  ASSERT_TRUE(pool.submit(j));
  home.run_until([&] { return j.came_home == 1; });
  EXPECT_EQ(j.ran, 1);
  EXPECT_NE(ran_on, std::this_thread::get_id());
  EXPECT_EQ(came_home_on, std::this_thread::get_id());
  EXPECT_GE(nice, topology::compute_nice);
}

/// A pool of one thread that is inside a job until let go.
class BusyComputePool : public testing::Test {
 protected:
  BusyComputePool() : busy_(home_.loop, [this] { begun_.release(), go_on_.acquire(); }) {
    EXPECT_TRUE(pool_.submit(busy_));
    begun_.acquire();
  }
  ~BusyComputePool() override { pool_.stop(); }

  test::home_loop home_;
  std::binary_semaphore begun_{0};
  std::binary_semaphore go_on_{0};
  test::some_job busy_;
  compute_pool pool_{{.threads = 1, .capacity = 8}};
};

TEST_F(BusyComputePool, WhatIsGivenUpWhileItWaitsDoesNotRun) {
  test::some_job waits(home_.loop);
  ASSERT_TRUE(pool_.submit(waits));
  waits.given_up = true;
  go_on_.release();
  home_.run_until([&] { return waits.came_home == 1; });
  EXPECT_EQ(waits.ran, 0);
  EXPECT_EQ(waits.what, job::result::given_up);
}

TEST_F(BusyComputePool, WhatIsGivenUpWhileItRunsComesHomeAsRun) {
  busy_.given_up = true;
  go_on_.release();
  home_.run_until([&] { return busy_.came_home == 1; });
  EXPECT_EQ(busy_.what, job::result::ran);
}

TEST_F(BusyComputePool, StoppingWithAFullQueueSendsAllHome) {
  std::vector<std::unique_ptr<test::some_job>> waiting;
  do {
    waiting.push_back(std::make_unique<test::some_job>(home_.loop));
  } while (pool_.submit(*waiting.back()));
  waiting.pop_back();
  EXPECT_EQ(waiting.size(), 8U);
  go_on_.release();
  pool_.stop();
  home_.settle();
  EXPECT_EQ(busy_.came_home, 1);
  for (const auto& j : waiting) EXPECT_EQ(j->came_home, 1);
}

TEST_F(BusyComputePool, SaysWhatRuns) {
  const auto seen = pool_.threads()[0].look();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->route, job::no_route);
  EXPECT_GT(seen->thread, 0);
  go_on_.release();
  pool_.stop();
  EXPECT_FALSE(pool_.threads()[0].look());
}

/// A loop that submits jobs as they come home, and gives some up.
class restless_home {
 public:
  restless_home(compute_pool& pool, unsigned jobs, unsigned rounds)
      : pool_(pool), left_(jobs * rounds) {
    for (unsigned i = 0; i < jobs; ++i) {
      auto& j = jobs_.emplace_back(std::make_unique<test::some_job>(home_.loop));
      if (i % 3 == 0) j->of = work_class::bulk;
      j->at_home = [this, it = j.get()] { again(*it); };
    }
  }

  void live() {
    for (auto& j : jobs_) again(*j);
    home_.run_until([this] { return left_ == 0 && out_ == 0; });
  }

  [[nodiscard]] bool each_came_home() const {
    unsigned ran = 0;
    unsigned given_up = 0;
    for (const auto& j : jobs_) {
      ran += static_cast<unsigned>(j->ran);
      given_up += static_cast<unsigned>(j->came_home - j->ran);
    }
    return ran + given_up == submitted_ && ran > 0;
  }

 private:
  void again(test::some_job& j) {
    if (submitted_ > 0 && j.came_home > 0) --out_;
    if (left_ == 0) return;
    --left_;
    j.given_up = false;
    if (!pool_.submit(j)) return;  // stays here
    ++submitted_;
    ++out_;
    if (left_ % 5 == 0) j.give_up();
  }

  compute_pool& pool_;
  test::home_loop home_;
  std::vector<std::unique_ptr<test::some_job>> jobs_;
  unsigned left_;
  unsigned out_ = 0;
  unsigned submitted_ = 0;
};

TEST(ComputePool, LoopsThatSubmitAndGiveUpAtOnceGetEachJobBackOnce) {
  constexpr unsigned rounds = running_with_sanitizers ? 50 : 500;
  compute_pool pool({.threads = 3, .capacity = 64});
  std::vector<std::thread> loops;
  std::atomic<unsigned> complete{0};
  for (int i = 0; i < 3; ++i) {
    loops.emplace_back([&] {
      restless_home home(pool, 16, rounds);
      home.live();
      if (home.each_came_home()) complete.fetch_add(1);
    });
  }
  for (auto& thread : loops) thread.join();
  EXPECT_EQ(complete.load(), 3U);
}

}  // namespace
}  // namespace shoal::compute
