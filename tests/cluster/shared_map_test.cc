#include "shoal/cluster/shared_map.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <stdexcept>
#include <string>

#include "shoal/cluster/app.h"
#include "shoal/cluster/shared_counter.h"
#include "shoal/http/context.h"
#include "shoal/testing/server.h"
#include "support/child_process.h"

namespace shoal {
namespace {

using namespace std::chrono_literals;

struct session {
  unsigned visits = 0;
  char name[20] = {};
};

void visit(std::optional<session>& s) {
  if (!s) s.emplace();
  ++s->visits;
}

TEST(SharedMap, KeepsValuesUnderTexts) {
  shared_map<std::string, session> sessions;
  EXPECT_FALSE(sessions.find("ada").has_value());
  EXPECT_EQ(sessions.update("ada", visit)->visits, 1u);
  EXPECT_EQ(sessions.update("ada", visit)->visits, 2u);
  EXPECT_EQ(sessions.find("ada")->visits, 2u);
  sessions.insert_or_assign("ada", {.visits = 9, .name = "Ada"});
  EXPECT_STREQ(sessions.find("ada")->name, "Ada");
  EXPECT_FALSE(sessions.find("bob").has_value());
  EXPECT_TRUE(sessions.erase("ada"));
  EXPECT_FALSE(sessions.erase("ada"));
  EXPECT_FALSE(sessions.find("ada").has_value());
}

TEST(SharedMap, KeepsValuesUnderNumbersAndStructs) {
  struct point {
    int x, y;
  };
  shared_map<std::uint64_t, char> letters;
  letters.insert_or_assign(7, 'a');
  EXPECT_EQ(letters.find(7), 'a');
  EXPECT_EQ(letters.find(8), std::nullopt);
  shared_map<point, double> heights;
  heights.insert_or_assign({1, 2}, 0.5);
  EXPECT_EQ(heights.find({1, 2}), 0.5);
  EXPECT_EQ(heights.find({2, 1}), std::nullopt);
}

TEST(SharedMap, LeavesWhatAnUpdateResetsOrThrowsOn) {
  shared_map<int, int> m;
  m.insert_or_assign(1, 5);
  EXPECT_THROW(m.update(1, [](auto&) { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_EQ(m.find(1), 5);
  EXPECT_EQ(m.update(1, [](auto& n) { n.reset(); }), std::nullopt);
  EXPECT_EQ(m.find(1), std::nullopt);
}

TEST(SharedMap, RefusesAKeyThatIsTooLong) {
  shared_map<std::string, int> m({.key_bytes = 4});
  m.insert_or_assign("four", 4);
  EXPECT_EQ(m.find("four"), 4);
  EXPECT_EQ(m.find("fours"), std::nullopt);
  EXPECT_THROW(m.insert_or_assign("fours", 5), std::length_error);
  EXPECT_THROW(m.erase("fours"), std::length_error);
}

std::chrono::steady_clock::time_point moment;
std::chrono::steady_clock::time_point read_moment() { return moment; }

TEST(SharedMap, ForgetsWhatNobodyHasWrittenForItsTime) {
  moment = {};
  shared_map<int, int> m({.ttl = 30ms, .clock = &read_moment});
  m.insert_or_assign(1, 1);
  m.insert_or_assign(2, 2);
  moment += 20ms;
  m.update(2, [](auto& n) { ++*n; });
  moment += 10ms;
  EXPECT_EQ(m.find(1), std::nullopt);
  EXPECT_EQ(m.find(2), 3);
  moment += 20ms;
  EXPECT_EQ(m.update(2, [](auto& n) { EXPECT_FALSE(n.has_value()); }), std::nullopt);
}

TEST(SharedMap, CountsWhatHasToMakeRoom) {
  shared_map<int, int> m({.capacity = 30});
  for (int i = 0; i < 31; ++i) m.insert_or_assign(i, i);
  EXPECT_EQ(m.find(0), std::nullopt);
  EXPECT_EQ(m.find(30), 30);
  EXPECT_EQ(m.evicted(), 1u);
}

TEST(SharedMap, RefusesOptionsThatMakeNoSense) {
  using map = shared_map<std::string, int>;
  EXPECT_THROW(map({.capacity = 0}), std::invalid_argument);
  EXPECT_THROW(map({.key_bytes = 0}), std::invalid_argument);
  EXPECT_THROW(map({.key_bytes = 1025}), std::invalid_argument);
  EXPECT_THROW(map({.ttl = -1ms}), std::invalid_argument);
  EXPECT_THROW(map({.clock = nullptr}), std::invalid_argument);
}

TEST(SharedMap, LosesNoUpdateOfManyProcesses) {
  shared_map<int, unsigned> m;
  const auto work = [&] {
    for (int i = 0; i < 10'000; ++i) m.update(i % 3, [](auto& n) { n = n.value_or(0) + 1; });
  };
  testing::child_process one(work), two(work);
  work();
  EXPECT_EQ(one.wait(), 0);
  EXPECT_EQ(two.wait(), 0);
  EXPECT_EQ(*m.find(0) + *m.find(1) + *m.find(2), 30'000u);
}

/// Two processes, which die and are replaced, and then a reload.
TEST(SharedMap, OutlivesProcessesAndReloads) {
  shared_map<std::string, unsigned> visits;
  shared_counter all;
  app a;
  a.get<"/{name}">([&](std::string name) {
    all.add();
    return std::to_string(*visits.update(name, [](auto& n) { n = n.value_or(0) + 1; })) + "\n";
  });
  a.get<"/all/end">([]() -> std::string { ::kill(::getpid(), SIGKILL), ::abort(); });
  test::server server(a, {"--nodes", "2", "--workers", "1"});
  EXPECT_EQ(server.get("/ada").body, "1\n");
  EXPECT_THROW(server.get("/all/end"), std::runtime_error);
  EXPECT_EQ(server.get("/ada").body, "2\n");
  server.signal(SIGHUP);
  EXPECT_NE(server.wait_for("reload: new processes serve"), "");
  EXPECT_EQ(server.get("/ada").body, "3\n");
  EXPECT_EQ(server.get("/bob").body, "1\n");
  EXPECT_EQ(server.stop(), 0);
  EXPECT_EQ(visits.find("ada"), 3u) << "this process has them too";
  EXPECT_EQ(all.value(), 4);
}

}  // namespace
}  // namespace shoal
