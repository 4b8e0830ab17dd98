#include "topology/pin.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cerrno>
#include <thread>

#include "topology/cpu_limits.h"
#include "topology/memory_policy.h"

namespace shoal::topology {
namespace {

/// On a thread of its own: the test runner keeps its mask.
template <typename Body>
void on_a_thread(Body body) {
  std::thread thread(body);
  thread.join();
}

TEST(Pin, PutsTheThreadOnTheCore) {
  const cpu_list before = read_affinity().value();
  on_a_thread([&] {
    const auto pinned = pin_this_thread(before.back());
    ASSERT_TRUE(pinned.ok()) << pinned.error().message;
    EXPECT_EQ(read_affinity().value(), (cpu_list{before.back()}));
    EXPECT_EQ(static_cast<unsigned>(::sched_getcpu()), before.back());
  });
  EXPECT_EQ(read_affinity().value(), before);
}

TEST(Pin, ReportsACoreThatIsNotThere) {
  on_a_thread([] {
    const auto pinned = pin_this_thread(max_cpus - 1);
    ASSERT_FALSE(pinned.ok());
    EXPECT_EQ(pinned.error().code, EINVAL);
    EXPECT_EQ(pinned.error().message, "cannot pin to core 8191: Invalid argument");
  });
}

TEST(MemoryPolicy, IsNothingToDoOnAMachineWithOneNode) {
  machine one;
  one.nodes.resize(1);
  EXPECT_TRUE(set_memory_policy(one, {memory_policy::bind, {99}}).ok());
}

TEST(MemoryPolicy, IsReadByTheNameThatItShows) {
  for (const char* name : {"default", "preferred", "bind", "interleave", "weighted"}) {
    ASSERT_TRUE(parse_memory_policy(name)) << name;
    EXPECT_EQ(name_of(*parse_memory_policy(name)), name);
  }
  EXPECT_FALSE(parse_memory_policy("local"));
}

TEST(MemoryPolicy, ReportsRefusalAndPrefersANodeThatIsThere) {
  machine two;
  two.nodes.resize(2);
  on_a_thread([&] {
    const auto far = set_memory_policy(two, {memory_policy::bind, {1000}});
    ASSERT_FALSE(far.ok());
    EXPECT_NE(far.error().message.find("bind to NUMA node 1000"), std::string::npos);
    const auto beyond = set_memory_policy(two, {memory_policy::preferred, {70000}});
    EXPECT_FALSE(beyond.ok());
    for (const auto policy : {memory_policy::preferred, memory_policy::bind,
                              memory_policy::interleave, memory_policy::weighted}) {
      const auto here = set_memory_policy(two, {policy, {0}});
      if (here) continue;
      EXPECT_NE(here.error().message.find("; "), std::string::npos) << "it names the cure";
      if (here.error().code == EPERM || here.error().code == ENOSYS)
        GTEST_SKIP() << "this kernel or container forbids memory policies: "
                     << here.error().message;
      EXPECT_EQ(policy, memory_policy::weighted) << here.error().message;
    }
  });
}

}  // namespace
}  // namespace shoal::topology
