// What holds for every policy, whatever the candidates.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "dispatch/ledger.h"
#include "dispatch/policy.h"
#include "seed.h"

namespace shoal::dispatch {
namespace {

std::vector<candidate> equals(unsigned n) { return std::vector<candidate>(n, {.eligible = true}); }

class Policy : public testing::TestWithParam<policy_kind> {
 protected:
  Policy()
      : seed_(test_seed()), trace_(__FILE__, __LINE__, "SHOAL_SEED=" + std::to_string(seed_)) {}

  /// The decision numbered `i`, each with a key of its own.
  unsigned decide(candidates all, std::uint64_t i) const {
    const std::uint64_t key = random_source(seed_ + i).next();
    return choose(GetParam(), all, {.key = key, .seed = i});
  }

  std::uint64_t seed_;

 private:
  testing::ScopedTrace trace_;
};

/// Words of every size: mostly small ones, some that no counter reaches.
std::uint64_t any_word(random_source& random) { return random.next() >> random.below(64); }

candidate any_candidate(random_source& random) {
  return {.eligible = !random.one_in(4),
          .node = static_cast<std::uint32_t>(random.below(3)),
          .cpu = static_cast<std::uint32_t>(random.below(16)),
          .weight = static_cast<std::uint32_t>(any_word(random)),
          .work_us = any_word(random),
          .connections = any_word(random),
          .recent = any_word(random)};
}

TEST_P(Policy, NeverChoosesOutOfRangeWhateverItReads) {
  random_source random(seed_);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<candidate> all(random.below(20));
    for (candidate& c : all) c = any_candidate(random);
    const bool any = std::any_of(all.begin(), all.end(), may_take);
    const unsigned chosen = choose(GetParam(), all,
                                   {.key = any_word(random),
                                    .node = static_cast<std::uint32_t>(random.below(4)),
                                    .cpu = static_cast<std::uint32_t>(any_word(random)),
                                    .seed = any_word(random)});
    if (any) {
      ASSERT_LT(chosen, all.size());
      ASSERT_TRUE(may_take(all[chosen]));
    } else {
      ASSERT_EQ(chosen, nobody);
    }
  }
}

TEST_P(Policy, SpreadsOverEqualsAndStarvesNobody) {
  constexpr unsigned n = 8;
  constexpr unsigned decisions = 16'000;
  std::vector<unsigned> got(n);
  for (std::uint64_t i = 0; i < decisions; ++i) ++got.at(decide(equals(n), i));
  for (const unsigned times : got) EXPECT_NEAR(times, decisions / n, 250);
}

TEST_P(Policy, RespectsWeightsAmongWorkersThatAreIdle) {
  constexpr unsigned decisions = 21'000;
  std::vector<candidate> all = equals(4);
  all[1].weight = 2;
  all[2].weight = 4;
  all[3].weight = 0;
  std::vector<unsigned> got(all.size());
  for (std::uint64_t i = 0; i < decisions; ++i) ++got.at(decide(all, i));
  // Two choices prefer equality where there is no load to compare.
  const bool exact = GetParam() != policy_kind::power_of_two;
  if (exact) {
    EXPECT_NEAR(got[0], decisions / 7, 300);
    EXPECT_NEAR(got[2], 4 * decisions / 7, 300);
  }
  EXPECT_LT(got[0], got[1]);
  EXPECT_LT(got[1], got[2]);
  EXPECT_EQ(got[3], 0U);
}

TEST_P(Policy, GivesNothingToAWorkerThatHangs) {
  std::vector<candidate> all = equals(8);
  all[5].eligible = false;
  for (std::uint64_t i = 0; i < 5000; ++i) ASSERT_NE(decide(all, i), 5U);
}

// Reports come once in 200 decisions, and one worker was idle when they were made.
TEST_P(Policy, DoesNotHerdOnStaleReports) {
  constexpr unsigned n = 8;
  constexpr unsigned decisions = 200;
  constexpr std::uint64_t each_us = 100;
  ledger given(n);
  std::vector<candidate> reports = equals(n);
  for (unsigned w = 1; w < n; ++w) {
    reports[w].work_us = 2 * each_us;
    reports[w].connections = 2;
  }
  std::vector<unsigned> got(n);
  for (std::uint64_t i = 0; i < decisions; ++i) {
    std::vector<candidate> all = reports;
    for (unsigned w = 0; w < n; ++w) all[w] = given.amend(all[w], w, each_us);
    const unsigned chosen = decide(all, i);
    given.gave(chosen);
    ++got.at(chosen);
  }
  EXPECT_LE(got[0], 2 * decisions / n);
  EXPECT_GE(*std::min_element(got.begin(), got.end()), decisions / n / 4);
}

TEST_P(Policy, LetsALiarWinTwiceItsShareAtMost) {
  constexpr unsigned liar = 2;
  constexpr unsigned decisions = 20'000;
  for (const unsigned n : {4U, 16U}) {
    ledger given(n);
    random_source random(seed_);
    unsigned won = 0;
    for (std::uint64_t i = 0; i < decisions; ++i) {
      std::vector<candidate> all = equals(n);
      for (unsigned w = 0; w < n; ++w) {
        if (w != liar) all[w].work_us = all[w].connections = 100 + random.below(100);
        all[w] = given.amend(all[w], w, 0);
      }
      const unsigned chosen = decide(all, i);
      given.gave(chosen);
      won += chosen == liar ? 1 : 0;
    }
    EXPECT_LE(won, 2.1 * decisions / n) << n;
  }
}

TEST_P(Policy, AnswersTheSameTwice) {
  random_source random(seed_);
  std::vector<candidate> all(16);
  for (candidate& c : all) c = any_candidate(random);
  for (std::uint64_t i = 0; i < 200; ++i) ASSERT_EQ(decide(all, i), decide(all, i));
}

std::vector<policy_kind> kinds_that_decide() {
  std::vector<policy_kind> kinds;
  std::copy_if(all_policies.begin(), all_policies.end(), std::back_inserter(kinds),
               [](policy_kind kind) { return policy_of(kind) != nullptr; });
  return kinds;
}

std::string parameter_name(const testing::TestParamInfo<policy_kind>& info) {
  std::string name(name_of(info.param));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Policy, testing::ValuesIn(kinds_that_decide()), parameter_name);

}  // namespace
}  // namespace shoal::dispatch
