#include "cluster/stall/stall_cause.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

constexpr monotonic_time start{1000s};
const thread_facts earlier{.at = start, .state = 'R', .cpu = 5s, .run_delay = 1s};

/// The same thread 10 ms later.
thread_facts later(char state, nanoseconds ran, nanoseconds waited, long call = -1) {
  return {.at = start + 10ms,
          .state = state,
          .cpu = earlier.cpu + ran,
          .run_delay = earlier.run_delay + waited,
          .call = call};
}

TEST(StallCause, TellsWhatComputesFromWhatIsStarved) {
  EXPECT_EQ(classify(earlier, later('R', 9900us, 0us)), stall_cause::computes);
  EXPECT_EQ(classify(earlier, later('R', 5ms, 5ms)), stall_cause::computes);
  EXPECT_EQ(classify(earlier, later('R', 100us, 9ms)), stall_cause::starved);
  EXPECT_EQ(classify(earlier, later('R', 0us, 0us)), stall_cause::starved)
      << "a wait that lasts is in no figure";
  EXPECT_EQ(classify(earlier, later('S', 2ms, 7ms, SYS_futex)), stall_cause::starved);
}

TEST(StallCause, NamesTheCallThatBlocks) {
  EXPECT_EQ(classify(earlier, later('S', 0us, 0us, SYS_read)), stall_cause::blocked);
  EXPECT_EQ(classify(earlier, later('D', 1ms, 1ms, SYS_fsync)), stall_cause::blocked);
  EXPECT_EQ(classify(earlier, later('D', 0us, 0us)), stall_cause::paged);
  EXPECT_EQ(classify(earlier, later('S', 0us, 0us)), stall_cause::unclear);
}

TEST(StallCause, KnowsAWorkerThatIsBackInItsLoop) {
  EXPECT_EQ(classify(earlier, later('S', 1ms, 0us, SYS_io_uring_enter)), stall_cause::over);
  EXPECT_EQ(classify(earlier, later('S', 1ms, 0us, SYS_epoll_pwait)), stall_cause::over);
}

TEST(StallCause, KnowsAThreadThatIsStopped) {
  EXPECT_EQ(classify(earlier, later('T', 0us, 0us, SYS_read)), stall_cause::stopped);
  EXPECT_EQ(classify(earlier, later('t', 9ms, 0us)), stall_cause::stopped);
}

TEST(StallCause, IsSaidInWords) {
  const auto say = [](stall_cause cause, const thread_facts& at) {
    return show_cause(cause, earlier, at);
  };
  EXPECT_EQ(say(stall_cause::computes, later('R', 9840us, 0us)),
            "handler computes: on its core for 9.8 of the last 10.0 ms");
  EXPECT_EQ(say(stall_cause::starved, later('R', 120us, 0us)),
            "machine is starved: ready to run, but on its core for 0.1 of the last 10.0 ms");
  auto reading = later('S', 0us, 0us, SYS_read);
  reading.arguments[0] = 7;
  EXPECT_EQ(say(stall_cause::blocked, reading), "blocked in read(7)");
  reading.waits_in = "pipe_read";
  EXPECT_EQ(say(stall_cause::blocked, reading), "blocked in read(7), in the kernel's pipe_read");
  EXPECT_EQ(say(stall_cause::blocked, later('S', 0us, 0us, 9999)), "blocked in system call 9999");
  EXPECT_EQ(say(stall_cause::unclear, later('S', 0us, 0us)),
            "cause unclear: thread state S, on its core for 0.0 of the last 10.0 ms");
}

TEST(StallCause, KnowsWhichCallsASignalEnds) {
  const auto restarted = [](long call, std::uint64_t timeout = 0) {
    auto facts = later('S', 0us, 0us, call);
    facts.arguments[3] = timeout;
    return is_restarted(facts);
  };
  EXPECT_TRUE(restarted(SYS_read, 1));
  EXPECT_TRUE(restarted(SYS_futex));
  EXPECT_FALSE(restarted(SYS_futex, 0x7fff0000)) << "a wait with a timeout";
  EXPECT_FALSE(restarted(SYS_clock_nanosleep));
  EXPECT_FALSE(restarted(SYS_ppoll));
  EXPECT_FALSE(restarted(SYS_io_uring_enter));
  EXPECT_FALSE(restarted(9999));
  EXPECT_FALSE(restarted(-1));
}

}  // namespace
}  // namespace shoal::cluster
