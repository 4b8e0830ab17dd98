#include "dispatch/ledger.h"

#include <gtest/gtest.h>

#include <vector>

#include "dispatch/least_loaded.h"

namespace shoal::dispatch {
namespace {

candidate idle() { return {.eligible = true}; }

TEST(Ledger, CountsWhatWasGivenUntilItIsSeen) {
  ledger l(2);
  for (int i = 0; i < 5; ++i) l.gave(1);
  EXPECT_EQ(l.amend(idle(), 1, 100).work_us, 500U);
  EXPECT_EQ(l.amend(idle(), 1, 100).connections, 5U);
  EXPECT_EQ(l.amend(idle(), 0, 100).work_us, 0U);
  l.saw(1, 3);
  EXPECT_EQ(l.unseen(1), 2U);
  l.saw(1, 5);
  EXPECT_EQ(l.unseen(1), 0U);
}

TEST(Ledger, BeginsAgainWithANewProcess) {
  ledger l(1);
  for (int i = 0; i < 10; ++i) l.gave(0);
  l.saw(0, 8);
  l.saw(0, 1);  // it has booted since, and accepted one
  EXPECT_EQ(l.unseen(0), 1U);
}

TEST(Ledger, IsNotLedBelowNothingByNonsense) {
  ledger l(1);
  l.gave(0);
  l.saw(0, ~0ULL);
  l.saw(0, 7);
  EXPECT_EQ(l.unseen(0), 0U);
}

TEST(Ledger, LetsAWorkerThatAlwaysClaimsToBeIdleWinTwiceItsShare) {
  for (const unsigned n : {2U, 4U, 8U, 64U}) {
    constexpr unsigned liar = 1;
    constexpr unsigned rounds = 100'000;
    ledger l(n);
    unsigned won = 0;
    std::vector<candidate> all(n);
    for (unsigned i = 0; i < rounds; ++i) {
      for (unsigned w = 0; w < n; ++w) {
        all[w] = l.amend({.eligible = true, .work_us = w == liar ? 0U : 1000 + i % 7}, w, 0);
      }
      const unsigned chosen = least_loaded(all, {.seed = i});
      ASSERT_LT(chosen, n);
      won += chosen == liar ? 1 : 0;
      l.gave(chosen);
    }
    EXPECT_LE(won, rounds * 2.05 / n) << n;
    EXPECT_GE(won, rounds / n) << n;
  }
}

}  // namespace
}  // namespace shoal::dispatch
