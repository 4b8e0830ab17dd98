#include "topology/thread_priority.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>

#include <cerrno>
#include <thread>

namespace shoal::topology {
namespace {

/// On a thread of its own: the test runner keeps its priority.
template <typename Body>
void on_a_thread(Body body) {
  std::thread thread(body);
  thread.join();
}

int nice_of_this_thread() { return ::getpriority(PRIO_PROCESS, 0); }

TEST(ThreadPriority, LowersTheCallingThreadAlone) {
  const int before = nice_of_this_thread();
  on_a_thread([] {
    const auto lowered = lower_this_thread(compute_nice);
    ASSERT_TRUE(lowered.ok()) << lowered.error().message;
    EXPECT_EQ(nice_of_this_thread(), compute_nice);
  });
  EXPECT_EQ(nice_of_this_thread(), before);
}

TEST(ThreadPriority, ShortSlicesKeepTheNiceValueAndThePolicy) {
  on_a_thread([] {
    ASSERT_TRUE(lower_this_thread(3).ok());
    const auto shortened = shorten_slices_of_this_thread(loop_slice);
    if (!shortened && shortened.error().code == EPERM)
      GTEST_SKIP() << "this container forbids it: " << shortened.error().message;
    ASSERT_TRUE(shortened.ok()) << shortened.error().message;
    EXPECT_EQ(nice_of_this_thread(), 3);
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
  });
}

TEST(ThreadPriority, ARealtimePolicyIsKeptByLoopsAndLeftByThreadsThatGiveWay) {
  on_a_thread([] {
    const sched_param lowest{.sched_priority = 1};
    if (::sched_setscheduler(0, SCHED_FIFO, &lowest) != 0)
      GTEST_SKIP() << "no right to a realtime policy";
    ASSERT_TRUE(shorten_slices_of_this_thread(loop_slice).ok());
    EXPECT_EQ(::sched_getscheduler(0), SCHED_FIFO);
    ASSERT_TRUE(lower_this_thread(compute_nice).ok());
    EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
    EXPECT_EQ(nice_of_this_thread(), compute_nice);
  });
}

}  // namespace
}  // namespace shoal::topology
