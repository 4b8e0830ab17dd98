// What is measured, in sizes that take no time; how long anything takes is nobody's business here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "bench/cores.h"
#include "numa/arena.h"
#include "numa/bandwidth.h"
#include "numa/chase.h"
#include "numa/core_places.h"
#include "numa/handoff_part.h"
#include "numa/memory_part.h"
#include "numa/random_cycle.h"

namespace shoal::numa {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RandomCycle, IsOneCycleThroughAllOfThem) {
  for (const std::uint32_t count : {1U, 2U, 3U, 64U, 1000U}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      random_source random(seed);
      const auto next = random_cycle(count, random);
      std::vector<bool> seen(count);
      std::uint32_t at = 0;
      for (std::uint32_t i = 0; i < count; ++i) {
        EXPECT_FALSE(seen[at]) << count << " lines, seed " << seed;
        seen[at] = true;
        at = next[at];
      }
      EXPECT_EQ(at, 0U);
    }
  }
}

TEST(RandomCycle, IsAnotherOneWithAnotherSeed) {
  random_source one(1);
  random_source other(2);
  EXPECT_NE(random_cycle(100, one), random_cycle(100, other));
}

TEST(RandomCycle, IsWalkedLineByLine) {
  auto memory = arena::reserve(huge_page_bytes, page_kind::small);
  ASSERT_TRUE(memory.ok());
  std::byte* const data = memory.value().data();
  link_lines(data, {2, 0, 1});
  EXPECT_EQ(walk(data, 0), data);
  EXPECT_EQ(walk(data, 1), data + 2 * line_bytes);
  EXPECT_EQ(walk(data, 2), data + line_bytes);
  EXPECT_EQ(walk(data, 3), data);
  EXPECT_EQ(walk(data, 28), data + 2 * line_bytes);
}

TEST(WorkingSets, GoFromAPageToTheLargest) {
  EXPECT_THAT(working_sets(32 * 1024), ElementsAre(4096U, 8192U, 16384U, 24576U, 32768U));
  EXPECT_EQ(working_sets(48 * 1024).back(), 48U * 1024);
}

TEST(Arena, BeginsAtAHugePageAndLiesWhereItSays) {
  auto memory = arena::reserve(huge_page_bytes, page_kind::small);
  ASSERT_TRUE(memory.ok());
  memory.value().touch();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory.value().data()) % huge_page_bytes, 0U);
  EXPECT_EQ(memory.value().huge_share(), 0);
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  if (machine.value().nodes.size() == 1) {
    const auto here = memory.value().share_on(machine.value().nodes[0].id);
    if (here) EXPECT_EQ(*here, 1.0);
  }
}

TEST(Bandwidth, IsPositiveAndOfAsManyValuesAsWereAskedFor) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  const auto cpus = bench::able_cores();
  const auto values =
      bandwidth_together(machine.value(), cpus, machine.value().cores[cpus.front()].node, 1 << 20,
                         2, [] { return false; });
  ASSERT_TRUE(values.ok()) << values.error().message;
  ASSERT_EQ(values.value().size(), 3U);
  for (const auto& of_motion : values.value()) {
    ASSERT_EQ(of_motion.size(), 2U);
    for (const double rate : of_motion) EXPECT_GT(rate, 0);
  }
}

TEST(Bandwidth, SaysWhichCoreIsNotPermitted) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  const auto values = bandwidth_together(machine.value(), {bench::able_cores().front(), 8000}, 0,
                                         1 << 20, 1, [] { return false; });
  ASSERT_FALSE(values.ok());
  EXPECT_THAT(values.error().message, HasSubstr("8000"));
}

plan tiny_plan() {
  plan tiny = quick_plan();
  tiny.largest_bytes = 2UL << 20;
  tiny.repeats = 1;
  tiny.loads = 1000;
  tiny.least_moved = 1;
  tiny.handoff_seconds = 0;
  tiny.rounds = 20;
  return tiny;
}

study of_this_machine(const topology::machine& machine) {
  study all;
  all.cores = read_core_places(machine, bench::able_cores());
  return all;
}

TEST(MemoryPart, MeasuresEachSizeAndEachPairOfNodes) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  study all = of_this_machine(machine.value());
  std::vector<std::string> told;
  const watch by{[] { return false; }, [&](const std::string& text) { told.push_back(text); }};
  const auto done = measure_memory(machine.value(), tiny_plan(), by, all);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(all.memory->latency.size(), 2U);
  EXPECT_EQ(all.memory->latency[0].points.size(), working_sets(all.memory->largest_bytes).size());
  EXPECT_EQ(all.memory->bandwidth_curve.size(), all.memory->latency[0].points.size());
  EXPECT_FALSE(all.memory->matrix.empty());
  EXPECT_FALSE(all.memory->touches.empty());
  for (const auto& cell : all.memory->matrix) EXPECT_GT(cell.latency_ns.middle, 0);
  if (machine.value().nodes.size() == 1) {
    EXPECT_THAT(all.unseen, Contains(HasSubstr("one NUMA node")));
  }
  EXPECT_THAT(told, Contains(HasSubstr("latency of 4.0 KiB")));
}

TEST(MemoryPart, KeepsWhatItHasWhenItIsInterrupted) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  study all = of_this_machine(machine.value());
  int asked = 0;
  const watch by{[&] { return ++asked > 3; }, [](const std::string&) {}};
  const auto done = measure_memory(machine.value(), tiny_plan(), by, all);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, EINTR);
  EXPECT_EQ(all.memory->latency[0].points.size(), 3U);
}

TEST(HandoffPart, MeasuresEachPairOnce) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  study all = of_this_machine(machine.value());
  all.cores.resize(std::min<std::size_t>(all.cores.size(), 2));
  const watch by{[] { return false; }, [](const std::string&) {}};
  const auto done = measure_handoff(tiny_plan(), by, all);
  ASSERT_TRUE(done.ok()) << done.error().message;
  ASSERT_EQ(all.handoff->pairs.size(), all.cores.size() - 1);
  for (const auto& pair : all.handoff->pairs) {
    EXPECT_EQ(pair.line_ns.count, 1U);
    EXPECT_GT(pair.line_ns.middle, 0);
  }
}

}  // namespace
}  // namespace shoal::numa
