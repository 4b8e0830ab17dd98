#include "bench/plan_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::bench {
namespace {

using ::testing::HasSubstr;

std::string wrong(std::string_view text) {
  const auto parsed = parse_plan(text, "my.toml");
  return parsed ? "nothing" : parsed.error().message;
}

TEST(BenchPlanFile, HasWhatItSays) {
  const auto parsed = parse_plan(R"(
contenders = ["epoll", "uring without multishot-receive"]
connections = [1, 8]
pipeline = 16
work = 20
work-share = 5
shares = [50, 90]
noise = false
pairs = 7
window = "300ms"
warm-up = "100ms"
time = "2m"
)",
                                 "my.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  const plan& p = parsed.value();
  EXPECT_EQ(p.name, "my.toml");
  ASSERT_EQ(p.points.size(), 6U);
  EXPECT_EQ(p.points[0].a, "epoll");
  EXPECT_EQ(p.points[0].b, "uring without multishot-receive");
  EXPECT_EQ(p.points[0].load.pipeline, 16U);
  EXPECT_EQ(p.points[0].load.work_percent, 5U);
  EXPECT_EQ(p.points[2].load.share, 0.9);
  EXPECT_EQ(p.points[3].load.connections, 8U);
  EXPECT_EQ(p.pairs, 7U);
  EXPECT_EQ(p.window, 0.3);
  EXPECT_EQ(p.warm_up, 0.1);
  EXPECT_EQ(p.budget, 120);
}

TEST(BenchPlanFile, AnEmptyOneComparesTheTwoDrivers) {
  const auto parsed = parse_plan("", "my.toml");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.value().points.size(), 2U) << "and one with itself";
}

TEST(BenchPlanFile, NamesLineAndKeyOfAllThatIsWrong) {
  const auto all =
      wrong("conections = 1\npairs = \"six\"\nwindow = 3.5\nbody = [1, 0]\nwork = []\n");
  EXPECT_THAT(all, HasSubstr("my.toml:1:1: unknown key \"conections\"; did you mean connections?"));
  EXPECT_THAT(all, HasSubstr("my.toml:2:9: pairs is a text; it must be a whole number from 1"));
  EXPECT_THAT(all,
              HasSubstr("my.toml:3:10: window is a number with a fraction; it must be a text"));
  EXPECT_THAT(all, HasSubstr("my.toml:4:12: body has 0; it must be a whole number from 1"));
  EXPECT_THAT(all, HasSubstr("my.toml:5:8: work is empty"));
}

TEST(BenchPlanFile, RefusesWhatIsNoPlan) {
  EXPECT_THAT(wrong("pairs = "), HasSubstr("my.toml:1:"));
  EXPECT_THAT(wrong("contenders = [\"uring without hope\"]"), HasSubstr("uring can go without"));
  EXPECT_THAT(wrong("contenders = \"uring\""), HasSubstr("contenders is a text"));
  EXPECT_THAT(wrong("work = 10\nbody = 100"), HasSubstr("work and body"));
  EXPECT_THAT(wrong("noise = 1"), HasSubstr("true or false"));
}

TEST(BenchPlanFile, NamesAFileThatIsNotThere) {
  const auto missing = load_plan("/nonexistent/plan.toml");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/plan.toml"));
}

}  // namespace
}  // namespace shoal::bench
