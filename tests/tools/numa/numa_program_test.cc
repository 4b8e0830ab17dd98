// `shoal numa` from outside, as short as can be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "../program.h"
#include "bench/cores.h"
#include "numa/core_places.h"
#include "numa/server_part.h"
#include "support/scratch_directory.h"

namespace shoal::numa {
namespace {

using ::testing::HasSubstr;
using tool::run;

TEST(NumaProgram, SaysWhatIsWrongWithItsFlags) {
  EXPECT_EQ(run("numa --only weather").exit_code, 2);
  EXPECT_EQ(run("numa --quick --full").exit_code, 2);
  EXPECT_EQ(run("numa serve --cores x").exit_code, 2);
  const auto cores = run("numa --cpus 8000");
  EXPECT_EQ(cores.exit_code, 2);
  EXPECT_THAT(cores.text, HasSubstr("--cpus 8000: this process may run on"));
}

TEST(NumaProgram, LeavesResultsThatAreThereAlone) {
  const testing::scratch_directory directory;
  static_cast<void>(directory.write("results.json", "{}"));
  const auto again = run("numa --only handoff --out " + (directory / ""));
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.text, HasSubstr("holds results already"));
}

TEST(NumaProgram, MeasuresAPartAndReportsIt) {
  const testing::scratch_directory directory;
  const auto out = directory / "out";
  const auto core = std::to_string(bench::able_cores().front());
  const auto seen = run("numa --only handoff --only server --cpus " + core + " --out " + out);
  EXPECT_EQ(seen.exit_code, 1) << "of one core there is nothing to measure\n" << seen.text;
  EXPECT_THAT(seen.text, HasSubstr("nobody to hand anything to"));
  EXPECT_THAT(seen.text, HasSubstr("nobody can tell the server's CPU time"));
  std::ifstream report(out + "/report.html");
  const std::string html{std::istreambuf_iterator<char>(report), {}};
  EXPECT_THAT(html, HasSubstr("</html>"));
}

TEST(ServerPart, ComparesArrangementsOfRealClusters) {
  const auto machine = topology::read_machine();
  ASSERT_TRUE(machine.ok());
  study all;
  all.cores = read_core_places(machine.value(), bench::able_cores());
  if (all.cores.size() < 2) GTEST_SKIP() << "a second core is missing";
  plan tiny = quick_plan();
  tiny.program = SHOAL_PROGRAM;
  tiny.server_pairs = 1;
  tiny.server_window = 0.2;
  tiny.server_warm_up = 0.02;
  tiny.server_seconds = 1;
  tiny.most_arrangements = 2;
  tiny.large_bodies_up_to = 0;
  unsigned kept = 0;
  const watch by{[] { return false; }, [](const std::string&) {}};
  const auto done = measure_server(tiny, by, [&] { ++kept; }, all);
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_GE(kept, 2U);
  ASSERT_EQ(all.server->arrangements.size(), 2U);
  ASSERT_EQ(all.server->measured.points.size(), 4U);
  for (const auto& p : all.server->measured.points) {
    ASSERT_EQ(p.pairs.size(), 1U);
    EXPECT_GT(p.pairs[0].a.answers, 0U);
    EXPECT_GE(p.pairs[0].a.server_seconds, 0) << "it is known";
    EXPECT_EQ(p.pairs[0].b.errors, 0U);
  }
}

}  // namespace
}  // namespace shoal::numa
