#include "numa/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples.h"

namespace shoal::numa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(NumaAnswer, NamesTheArrangementThatIsBetterAndWhatItGains) {
  const auto text = server_sentence(
      served({compared("default", "default", 1), compared("--nodes=2", "default", 1.05),
              compared("--unit=none", "default", 1.2)}));
  EXPECT_THAT(text, StartsWith("Run it with --unit=none: --unit=none serves 1.2"));
  EXPECT_THAT(text, HasSubstr(" [1.1"));
  EXPECT_THAT(text, HasSubstr("requests of default for a CPU second"));
}

TEST(NumaAnswer, StaysWithTheDefaultWhereAllElseIsWorse) {
  const auto text = server_sentence(
      served({compared("--nodes=2", "default", 0.9), compared("--workers=2", "default", 0.8)}));
  EXPECT_THAT(text,
              StartsWith("Run it without flags: none of --nodes=2 and --workers=2 is better"));
  EXPECT_THAT(text, HasSubstr("Furthest behind is --workers=2: default serves 1.25"));
}

TEST(NumaAnswer, SaysThatNothingMakesADifference) {
  const auto text = server_sentence(served({compared("--nodes=2", "default", 1)}));
  EXPECT_THAT(text, HasSubstr("nothing that was tried (--nodes=2) makes a difference that this "
                              "machine can show"));
}

TEST(NumaAnswer, TakesNoDifferenceSeriouslyThatEqualsHaveToo) {
  const auto text = server_sentence(
      served({compared("default", "default", 1.1), compared("--nodes=2", "default", 1.05)}));
  EXPECT_THAT(text, HasSubstr("nothing that was tried"));
}

TEST(NumaAnswer, DoesNotRecommendWhatIsWorseUnderAnotherLoad) {
  auto large = compared("--nodes=2", "default", 0.7);
  large.load.body_bytes = 16 * 1024;
  const auto text = server_sentence(served({compared("--nodes=2", "default", 1.3), large}));
  EXPECT_THAT(text, StartsWith("Run it without flags"));
  EXPECT_THAT(text, HasSubstr("with bodies of 16 KiB"));
}

TEST(NumaAnswer, SaysSoWhenThereAreTooFewPairs) {
  const auto text = server_sentence(served({compared("--nodes=2", "default", 1.3, 3)}));
  EXPECT_THAT(text, HasSubstr("too few pairs of --nodes=2 and the default"));
}

TEST(NumaAnswer, MakesASentenceOfTheMatrix) {
  const auto text = memory_sentence(memory_of_two(1.6));
  EXPECT_THAT(text, HasSubstr("Memory of another node answers a core after 144 ns"));
  EXPECT_THAT(text, HasSubstr("its own after 90.0 ns"));
  EXPECT_THAT(text, HasSubstr("1.60 × [1.5"));
  EXPECT_THAT(text, HasSubstr("one core reads 0.62 ×"));
}

TEST(NumaAnswer, SaysThatARemoteNodeWasNotThereToMeasure) {
  auto found = memory_of_two(1);
  found.matrix.resize(1);
  const auto text = memory_sentence(found);
  EXPECT_THAT(text, HasSubstr("Memory answers a core after 90.0 ns"));
  EXPECT_THAT(text, HasSubstr("one NUMA node, so what a remote one costs was not there"));
}

TEST(NumaAnswer, TellsHandOffsByHowNearTheCoresAre) {
  const handoff_findings found{.cores = {0, 1, 2},
                               .of_cores = 3,
                               .pairs = {{0, 1, nearness::cache, about(60), about(4000)},
                                         {0, 2, nearness::apart, about(220), about(9000)},
                                         {1, 2, nearness::apart, about(230), {}}}};
  const auto text = handoff_sentence(found);
  EXPECT_THAT(text, HasSubstr("60.0 ns [58.8, 61.2] (same last-level cache) and 230 ns"));
  EXPECT_THAT(text, HasSubstr("to wake a core that sleeps takes 4.00 µs to 9.00 µs"));
}

TEST(NumaAnswer, BeginsWithWhatToRunEvenIfNobodyKnows) {
  study all;
  all.memory = memory_of_two(1.6);
  const auto sentences = answer(all);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentences[0], HasSubstr("was not measured"));
  EXPECT_THAT(sentences[1], HasSubstr("another node"));
}

}  // namespace
}  // namespace shoal::numa
