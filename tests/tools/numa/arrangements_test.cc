#include "numa/arrangements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "samples.h"

namespace shoal::numa {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> names(const std::vector<core_place>& server, unsigned nodes) {
  std::vector<std::string> all;
  for (const auto& each : arrangements_for(server, nodes)) all.push_back(each.name);
  return all;
}

TEST(NumaArrangements, LeaveTheGeneratorAPhysicalCoreOfItsOwn) {
  const auto two = split_cores(cores_of(1, 1, 2, 1));
  ASSERT_TRUE(two.ok());
  EXPECT_THAT(two.value().server, ElementsAre(0U));
  EXPECT_EQ(two.value().generator, 1U);
  const auto threads = split_cores(cores_of(1, 1, 3, 2));
  ASSERT_TRUE(threads.ok());
  EXPECT_EQ(threads.value().generator, 2U);
  EXPECT_THAT(threads.value().server, ElementsAre(0U, 1U));
}

TEST(NumaArrangements, SpreadTheServerOverNodesAndCaches) {
  const auto cores = cores_of(2, 2, 8, 2);
  const auto chosen = split_cores(cores);
  ASSERT_TRUE(chosen.ok());
  ASSERT_EQ(chosen.value().server.size(), most_server_cores);
  std::set<unsigned> caches;
  for (const unsigned id : chosen.value().server) {
    caches.insert(cores[id].llc);
    EXPECT_EQ(cores[id].physical, id);
  }
  EXPECT_EQ(caches.size(), 4U);
}

TEST(NumaArrangements, NeedTwoCores) { EXPECT_FALSE(split_cores(cores_of(1, 1, 1, 1)).ok()); }

TEST(NumaArrangements, CompareEachWithTheDefaultAndTheDefaultWithItself) {
  const auto all = arrangements_for(cores_of(1, 1, 1, 1), 1);
  const auto made = server_plan(all, quick_plan());
  std::map<std::string, unsigned> with_default;
  for (const auto& p : made.points) {
    if (p.b == usual_arrangement) ++with_default[p.a];
    EXPECT_EQ(p.a == p.b, p.why == bench::purpose::noise);
  }
  EXPECT_EQ(with_default.size(), all.size());
  for (const auto& [name, points] : with_default) EXPECT_EQ(points, 3U) << name;
  EXPECT_EQ(made.points.back().a, "--nodes=2") << "one process against two, workers alike";
  EXPECT_EQ(made.points.back().b, "--workers=2");
}

TEST(NumaArrangements, OfOneCoreAreOneProcessAgainstTwo) {
  const auto all = names(cores_of(1, 1, 1, 1), 1);
  EXPECT_THAT(all, Contains("--nodes=2"));
  EXPECT_THAT(all, Contains("--workers=2"));
  EXPECT_THAT(all, Not(Contains("--policy=kernel")));
}

TEST(NumaArrangements, OfTwoNodesAreItsPlacementsAndPolicies) {
  const auto all = names(cores_of(2, 1, 2, 1), 2);
  for (const char* const name :
       {"--unit=none", "--placement=remote", "--placement=interleave", "--policy=kernel",
        "--policy=local", "--memory=bind", "--memory=default", "few:pack", "few:spread"}) {
    EXPECT_THAT(all, Contains(name));
  }
  EXPECT_THAT(all, Not(Contains("--unit=llc")));
  EXPECT_THAT(names(cores_of(1, 2, 2, 1), 1), Contains("--unit=llc"));
}

TEST(NumaArrangements, OfFewWorkersAreHeldAgainstEachOther) {
  auto all = arrangements_for(cores_of(2, 1, 2, 1), 2);
  const auto packs = [](const std::vector<arrangement>& some) {
    unsigned points = 0;
    for (const auto& p : server_plan(some, full_plan()).points) {
      points += p.a == "few:spread" && p.b == "few:pack" ? 1 : 0;
    }
    return points;
  };
  EXPECT_EQ(packs(all), 3U);
  std::erase_if(all, [](const arrangement& each) { return each.name == "few:pack"; });
  EXPECT_EQ(packs(all), 0U) << "who was left out is nobody's measure";
}

TEST(NumaPlan, TakesAWorkingSetThatNoCacheHolds) {
  EXPECT_EQ(largest_working_set(256UL << 20, 32UL << 20, 8UL << 30), 128UL << 20);
  EXPECT_EQ(largest_working_set(256UL << 20, 480UL << 20, 8UL << 30), 256UL << 20);
  EXPECT_EQ(largest_working_set(256UL << 20, 0, 100UL << 20), 16UL << 20);
  EXPECT_EQ(largest_working_set(256UL << 20, 0, 0), 256UL << 20);
}

}  // namespace
}  // namespace shoal::numa
