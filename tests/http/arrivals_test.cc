#include "http/arrivals.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

namespace shoal::http {
namespace {

using node_of = std::function<std::uint16_t(std::uint32_t request)>;

/// The requests before which somebody looked at `a`, of those from `first` up to `end`.
std::vector<std::uint32_t> looks_at(arrivals& a, std::uint32_t first, std::uint32_t end) {
  std::vector<std::uint32_t> looks;
  for (auto served = first; served < end; ++served) {
    if (!a.due(served)) continue;
    looks.push_back(served);
    (void)a.saw(no_node, served);
  }
  return looks;
}

/// Moves in `requests` requests of a client whose packets come in where `where` says, if each move
/// brings the connection there.
unsigned moves(const node_of& where, std::uint32_t requests) {
  arrivals a;
  std::uint16_t here = 0;
  unsigned times = 0;
  for (std::uint32_t served = 0; served < requests; ++served) {
    if (!a.due(served)) continue;
    const auto node = where(served);
    if (!a.saw(node == here ? no_node : node, served)) continue;
    here = a.node();
    a = {};
    a.pause(served);
    ++times;
  }
  return times;
}

TEST(Arrivals, AreLookedAtWithTheFirstRequestsAndThenNowAndThen) {
  arrivals a;
  EXPECT_EQ(looks_at(a, 0, 200), (std::vector<std::uint32_t>{0, 1, 2, 63, 124, 185}));
}

TEST(Arrivals, AreLookedAtForEverWhateverTheCountOfRequests) {
  arrivals a;
  const std::uint32_t late = 0xFFFF'FF00;
  a.begin(late);
  std::uint32_t seen = 0;
  for (std::uint64_t i = 0; i < 200'000; ++i) {
    const auto served = static_cast<std::uint32_t>(late + i);
    if (!a.due(served)) continue;
    (void)a.saw(no_node, served);
    ++seen;
  }
  EXPECT_EQ(seen, (200'000 - 1) / arrivals::stride + 1);
}

TEST(Arrivals, AreSureWithTheThirdLookAndStaySo) {
  arrivals a;
  EXPECT_FALSE(a.saw(7, 0));
  EXPECT_FALSE(a.saw(7, 1));
  EXPECT_TRUE(a.saw(7, 2));
  EXPECT_TRUE(a.saw(7, 63));
  EXPECT_EQ(a.node(), 7U);
  EXPECT_FALSE(a.saw(no_node, 124));
  EXPECT_FALSE(a.saw(7, 185));
}

TEST(Arrivals, BelieveInNoNodeThatIsNotTheSameThreeTimes) {
  arrivals a;
  for (std::uint32_t i = 0; i < 30; ++i) EXPECT_FALSE(a.saw(i % 3 == 2 ? 5 : 7, i)) << i;
}

TEST(Arrivals, TakeAClientWhoStaysHomeOnce) {
  EXPECT_EQ(moves([](std::uint32_t) { return 1; }, 100'000), 1U);
  EXPECT_EQ(moves([](std::uint32_t) { return 0; }, 100'000), 0U);
}

TEST(Arrivals, FollowAClientWhoHasMovedWithinAFewLooks) {
  for (const std::uint32_t when : {10U, 100U, 1000U}) {
    const auto limit = when + (arrivals::sure + 1U) * arrivals::stride;
    const auto where = [=](std::uint32_t request) { return request < when ? 0 : 1; };
    EXPECT_EQ(moves(where, limit), 1U) << when;
  }
}

/// In turns of any length that is not longer than a few looks.
TEST(Arrivals, LeaveAClientAloneWhoChangesSidesAllTheTime) {
  for (const std::uint32_t turn : {1U, 2U}) {
    const auto where = [=](std::uint32_t request) { return request / turn % 2; };
    EXPECT_EQ(moves(where, 100'000), 0U) << turn;
  }
}

TEST(Arrivals, MoveNobodyMoreThanOnceInARest) {
  constexpr std::uint32_t requests = 100'000;
  for (std::uint32_t turn = 1; turn < 1000; ++turn) {
    const auto where = [=](std::uint32_t request) { return request / turn % 2; };
    EXPECT_LE(moves(where, requests), 1 + requests / arrivals::rest) << turn;
  }
}

}  // namespace
}  // namespace shoal::http
