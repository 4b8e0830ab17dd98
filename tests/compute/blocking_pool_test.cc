#include "compute/blocking_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <semaphore>
#include <thread>
#include <vector>

#include "compute/some_job.h"

namespace shoal::compute {
namespace {

/// Jobs that sleep until let go.
struct sleepers {
  void add(blocking_pool& pool) {
    jobs.push_back(
        std::make_unique<test::some_job>(home.loop, [this] { begun.release(), go_on.acquire(); }));
    EXPECT_TRUE(pool.submit(*jobs.back()));
  }
  void await_home() {
    home.run_until([this] {
      for (const auto& j : jobs) {
        if (j->came_home == 0) return false;
      }
      return true;
    });
  }

  test::home_loop home;
  std::counting_semaphore<1024> begun{0};
  std::counting_semaphore<1024> go_on{0};
  std::vector<std::unique_ptr<test::some_job>> jobs;
};

TEST(BlockingPool, GrowsWithJobsThatSleepAndKeepsOneThreadMore) {
  sleepers some;
  blocking_pool pool({.threads = 8});
  EXPECT_EQ(pool.alive(), 1U);
  for (int i = 0; i < 5; ++i) some.add(pool);
  for (int i = 0; i < 5; ++i) some.begun.acquire();  // all five at once
  EXPECT_EQ(pool.alive(), 6U);
  some.go_on.release(5);
  some.await_home();
}

TEST(BlockingPool, DoesNotGrowBeyondItsLimit) {
  sleepers some;
  blocking_pool pool({.threads = 3});
  for (int i = 0; i < 5; ++i) some.add(pool);
  for (int i = 0; i < 3; ++i) some.begun.acquire();
  EXPECT_EQ(pool.alive(), 3U);
  some.go_on.release(5);
  some.await_home();
  EXPECT_EQ(pool.alive(), 3U);
}

TEST(BlockingPool, ThreadsThatHaveNothingToDoEndButForTheLast) {
  sleepers some;
  blocking_pool pool({.threads = 8, .idle_time = nanoseconds(1)});
  for (int i = 0; i < 4; ++i) some.add(pool);
  for (int i = 0; i < 4; ++i) some.begun.acquire();
  some.go_on.release(4);
  some.await_home();
  while (pool.alive() > 1) std::this_thread::yield();
  some.add(pool);
  some.go_on.release();
  some.await_home();
  EXPECT_EQ(some.jobs.back()->ran, 1);
}

TEST(BlockingPool, StoppedItSendsHomeWhatWaits) {
  sleepers some;
  blocking_pool pool({.threads = 1});
  for (int i = 0; i < 3; ++i) some.add(pool);
  some.begun.acquire();
  some.go_on.release(3);
  pool.stop();
  some.await_home();
  for (const auto& j : some.jobs) EXPECT_EQ(j->came_home, 1);
}

}  // namespace
}  // namespace shoal::compute
