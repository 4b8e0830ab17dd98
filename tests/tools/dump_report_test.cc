#include "dump_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

namespace shoal::tool {
namespace {

using testing::HasSubstr;

TEST(DumpReport, HoldsWhatWasAnsweredAndWhyTheRestWasNot) {
  dump_facts facts{.server = {.name = "api", .supervisor_pid = 10}};
  facts.supervisor.json = "{\"pid\":10}\n";
  facts.listeners.failure = "no answer in \"time\"";
  facts.events.json = "{\"number\":1}\n{\"number\":2}\n";
  facts.threads.push_back({.pid = 10, .tid = 11, .name = "shoal-w0", .stack = "a\nb"});
  const auto text = to_json(facts);
  EXPECT_THAT(text, HasSubstr(R"("status":{"servers":[{"name":"api")"));
  EXPECT_THAT(text, HasSubstr(R"("supervisor":{"pid":10},)"));
  EXPECT_THAT(text, HasSubstr(R"("listeners":{"failure":"no answer in \"time\""},)"));
  EXPECT_THAT(text, HasSubstr(R"("events":[{"number":1},{"number":2}],)"));
  EXPECT_THAT(text, HasSubstr(R"("thread_id":11,"name":"shoal-w0")"));
  EXPECT_THAT(text, HasSubstr(R"("kernel_stack":"a\nb")"));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(DumpReport, SeesTheThreadsOfAProcessAndNoneOfOneThatIsGone) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  const auto seen = look_at_threads({self, 1ULL << 40});
  const auto main = std::find_if(seen.begin(), seen.end(),
                                 [self](const thread_report& t) { return t.tid == self; });
  ASSERT_NE(main, seen.end());
  EXPECT_EQ(main->pid, self);
  EXPECT_THAT(main->state, HasSubstr("R"));
  EXPECT_FALSE(main->name.empty());
}

}  // namespace
}  // namespace shoal::tool
