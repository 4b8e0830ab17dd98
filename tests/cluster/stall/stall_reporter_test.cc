#include "cluster/stall/stall_reporter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>
#include <string>
#include <vector>

#include "cluster/stall/stall_stack.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr stall_report_options brief{.between_looks = 1ms, .patience = 20s};

class StallReporter : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { install_stack_capture(); }

  /// This thread, which waits for what is told.
  static stalled_turn turn(std::string route) {
    return {.thread = ::gettid(), .worker = 2, .age = 30ms, .route = std::move(route)};
  }
};

TEST_F(StallReporter, TellsFromAThreadOfItsOwn) {
  std::promise<std::string> told;
  std::promise<pid_t> teller;
  stall_reporter reporter(
      [&](const std::string& text) {
        teller.set_value(::gettid());
        told.set_value(text);
      },
      1h, brief);
  reporter.report(turn("GET /a"));
  const auto text = told.get_future().get();
  EXPECT_THAT(text, HasSubstr("worker 2 is in one turn for 30 ms: "));
  EXPECT_THAT(text, HasSubstr("route GET /a"));
  EXPECT_THAT(text, Not(HasSubstr("more such turns")));
  EXPECT_NE(teller.get_future().get(), ::gettid());
}

TEST_F(StallReporter, CountsWhatComesWhileItDescribes) {
  int texts = 0;
  std::promise<void> begun;
  std::promise<void> go_on;
  std::promise<std::string> second;
  stall_reporter reporter(
      [&](const std::string& text) {
        ++texts;
        if (texts == 2) second.set_value(text);
        if (texts != 1) return;
        begun.set_value();
        go_on.get_future().wait();
      },
      0ns, brief);
  reporter.report(turn("GET /a"));
  begun.get_future().wait();
  reporter.report(turn("GET /b"));
  reporter.report(turn("GET /c"));
  go_on.set_value();
  auto told = second.get_future();
  while (told.wait_for(0s) != std::future_status::ready) reporter.report(turn("GET /d"));
  const auto text = told.get();
  EXPECT_THAT(text, HasSubstr("route GET /d"));
  EXPECT_THAT(text, HasSubstr(" more such turns since the report before)"));
}

TEST_F(StallReporter, TellsOneInAnInterval) {
  std::vector<std::string> texts;
  std::promise<void> first;
  {
    stall_reporter reporter(
        [&](const std::string& text) {
          texts.push_back(text);
          if (texts.size() == 1) first.set_value();
        },
        1h, brief);
    reporter.report(turn("GET /a"));
    first.get_future().wait();
    for (int i = 0; i < 100; ++i) reporter.report(turn("GET /b"));
  }
  EXPECT_EQ(texts.size(), 1U);
}

TEST_F(StallReporter, EndsWithoutHavingBeenAsked) {
  const stall_reporter reporter([](const std::string&) {}, 1s, brief);
}

}  // namespace
}  // namespace shoal::cluster
