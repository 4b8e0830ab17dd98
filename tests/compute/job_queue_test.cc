#include "compute/job_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "compute/some_job.h"
#include "io/sim/world.h"
#include "support/allocations.h"

namespace shoal::compute {
namespace {

using std::chrono::hours;

/// The test is the only thread.
class JobQueue : public testing::Test {
 protected:
  test::some_job& add(work_class of = work_class::latency) {
    auto& made = jobs_.emplace_back(std::make_unique<test::some_job>(loop_));
    made->of = of;
    return *made;
  }
  bool serve_one() {
    job* const next = queue_.take(read_clock());
    if (next == nullptr) return false;
    queue_.serve(*next, told_);
    return true;
  }
  void settle() { world_.run(loop_); }

  io::sim::world world_{1};
  io::loop loop_{world_.io()};
  job_queue queue_{4, 1};
  at_work told_;

 private:
  std::vector<std::unique_ptr<test::some_job>> jobs_;
};

TEST_F(JobQueue, AJobRunsOnceAndComesHomeOnce) {
  auto& j = add();
  ASSERT_TRUE(queue_.submit(j));
  ASSERT_TRUE(serve_one());
  EXPECT_FALSE(serve_one());
  EXPECT_EQ(j.came_home, 0);  // not before its loop gets to it
  settle();
  EXPECT_EQ(j.ran, 1);
  EXPECT_EQ(j.came_home, 1);
  EXPECT_EQ(j.what, job::result::ran);
  EXPECT_GE(j.wall, j.cpu / 2);
}

TEST_F(JobQueue, AJobThatIsGivenUpComesHomeUnrun) {
  auto& j = add();
  ASSERT_TRUE(queue_.submit(j));
  j.given_up = true;
  ASSERT_TRUE(serve_one());
  settle();
  EXPECT_EQ(j.ran, 0);
  EXPECT_EQ(j.came_home, 1);
  EXPECT_EQ(j.what, job::result::given_up);
}

TEST_F(JobQueue, NobodyIsToldToWaitForWhatIsGivenUp) {
  auto& wanted = add();
  auto& unwanted = add(work_class::bulk);
  auto& runs = add();
  for (auto* j : {&wanted, &unwanted, &runs}) {
    j->predicted_us = 1'000'000;
    ASSERT_TRUE(queue_.submit(*j));
  }
  const auto all = queue_.predicted_wait(work_class::latency);
  unwanted.give_up();
  const auto fewer = queue_.predicted_wait(work_class::latency);
  EXPECT_LT(fewer, all);
  unwanted.give_up();
  EXPECT_EQ(queue_.predicted_wait(work_class::latency), fewer);
  while (serve_one()) {
  }
  EXPECT_EQ(queue_.predicted_wait(work_class::latency), nanoseconds(0));
  runs.give_up();  // when it has begun, that changes nothing
  EXPECT_EQ(queue_.predicted_wait(work_class::latency), nanoseconds(0));
  settle();
  EXPECT_EQ(wanted.ran, 1);
  EXPECT_EQ(unwanted.ran, 0);
  EXPECT_EQ(unwanted.came_home, 1);
}

TEST_F(JobQueue, AJobThatWouldBeginTooLateComesHomeUnrun) {
  auto& late = add();
  auto& early = add();
  late.latest_start = read_clock() - hours(1);
  early.latest_start = read_clock() + hours(1);
  ASSERT_TRUE(queue_.submit(late));
  ASSERT_TRUE(queue_.submit(early));
  while (serve_one()) {
  }
  settle();
  EXPECT_EQ(late.what, job::result::too_late);
  EXPECT_EQ(late.ran, 0);
  EXPECT_EQ(early.what, job::result::ran);
}

TEST_F(JobQueue, AFullQueueRefusesTheOneClassAndTakesTheOther) {
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(queue_.submit(add()));
  auto& refused = add();
  EXPECT_FALSE(queue_.submit(refused));
  EXPECT_TRUE(queue_.submit(add(work_class::bulk)));
  ASSERT_TRUE(serve_one());
  EXPECT_TRUE(queue_.submit(refused));
}

TEST_F(JobQueue, ClosedItSendsHomeWhatWaitsAndTakesNothing) {
  std::vector<test::some_job*> waiting;
  for (const auto of : {work_class::latency, work_class::bulk}) {
    for (int i = 0; i < 4; ++i) {
      waiting.push_back(&add(of));
      ASSERT_TRUE(queue_.submit(*waiting.back()));
    }
  }
  queue_.close();
  settle();
  for (const auto* j : waiting) {
    EXPECT_EQ(j->came_home, 1);
    EXPECT_EQ(j->what, job::result::given_up);
    EXPECT_EQ(j->ran, 0);
  }
  EXPECT_FALSE(queue_.submit(add()));
  EXPECT_EQ(queue_.take(), nullptr);
  EXPECT_EQ(queue_.predicted_wait(work_class::latency), nanoseconds(0));
}

TEST_F(JobQueue, BulkHasItsTurnBetweenLatencyJobs) {
  auto& bulk = add(work_class::bulk);
  auto& first = add();
  auto& second = add();
  for (auto* j : {&bulk, &first, &second}) ASSERT_TRUE(queue_.submit(*j));
  ASSERT_TRUE(serve_one());
  EXPECT_EQ(first.ran, 1);  // latency first
  ASSERT_TRUE(serve_one());
  EXPECT_EQ(bulk.ran, 1);  // which has used some of its part by now
  ASSERT_TRUE(serve_one());
  EXPECT_EQ(second.ran, 1);
}

TEST_F(JobQueue, WhatAThreadDoesIsSeenWhileItDoesIt) {
  std::optional<at_work::view> seen;
  test::some_job j(loop_, [&] { seen = told_.look(); });
  j.route = 7;
  ASSERT_TRUE(queue_.submit(j));
  ASSERT_TRUE(serve_one());
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->route, 7U);
  EXPECT_FALSE(told_.look());
  settle();
}

TEST_F(JobQueue, SubmittingAllocatesNothing) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "allocations cannot be counted here";
  auto& j = add();
  const auto before = test::allocations();
  ASSERT_TRUE(queue_.submit(j));
  ASSERT_TRUE(serve_one());
  EXPECT_EQ(test::allocations(), before);
  settle();
}

}  // namespace
}  // namespace shoal::compute
