#include "numa/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "numa/heat_map.h"
#include "numa/study_json.h"
#include "numa/summary.h"
#include "samples.h"

namespace shoal::numa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

study whole() {
  study all{.plan = "quick", .began = "2026-11-29T15:56:12Z", .seconds = 80, .nodes = 2};
  all.machine = {{"CPU", "a <fast> one"}};
  all.cores = cores_of(2, 1, 2, 1);
  all.drawing = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
  all.unseen = {"Counters: nobody counts here."};
  all.memory = memory_of_two(1.6);
  all.handoff = handoff_findings{.cores = {0, 1, 2},
                                 .of_cores = 3,
                                 .pairs = {{0, 1, nearness::cache, about(60), about(4000)},
                                           {0, 2, nearness::apart, about(220), {}},
                                           {1, 2, nearness::apart, about(230), about(9000)}}};
  all.server = served({compared("default", "default", 1), compared("--nodes=2", "default", 1.2)});
  return all;
}

TEST(NumaReport, IsOnePageThatLoadsNothing) {
  const auto html = to_html(whole());
  EXPECT_THAT(html, HasSubstr("Run it with --nodes=2"));
  for (const char* const id : {"cores", "server", "memory", "handoff", "unseen", "machine"}) {
    EXPECT_THAT(html, HasSubstr("<section id=\"" + std::string(id) + "\">"));
  }
  EXPECT_THAT(html, HasSubstr("a &lt;fast&gt; one"));
  EXPECT_THAT(html, HasSubstr("src=\"data:image/svg+xml,%3Csvg%20xmlns"));
  for (const char* const loads : {"<script", "http://", "https://", "<link", "url(", "nan"}) {
    EXPECT_THAT(html, Not(HasSubstr(loads)));
  }
}

TEST(NumaReport, LeavesOutWhatWasNotMeasured) {
  auto all = whole();
  all.memory.reset();
  all.server.reset();
  all.complete = false;
  all.ended_by = "interrupted";
  const auto html = to_html(all);
  EXPECT_THAT(html, Not(HasSubstr("id=\"memory\"")));
  EXPECT_THAT(html, Not(HasSubstr("id=\"server\"")));
  EXPECT_THAT(html, HasSubstr("Not complete: interrupted."));
  EXPECT_THAT(html, HasSubstr("What to run was not measured"));
}

TEST(NumaReport, DrawsPartsThatHaveJustBegun) {
  study all{.cores = cores_of(1, 1, 2, 1)};
  all.memory.emplace();
  all.handoff.emplace();
  all.server.emplace();
  EXPECT_THAT(to_html(all), HasSubstr("</html>"));
  EXPECT_THAT(to_text(all), HasSubstr("was not measured"));
  EXPECT_THAT(to_json(all), HasSubstr("\"handoff\":{\"cores\":[]"));
}

TEST(NumaHeatMap, IsDarkerTheMoreThereIs) {
  EXPECT_EQ(darkness(10, 10, 1000), 0);
  EXPECT_EQ(darkness(1000, 10, 1000), 1);
  EXPECT_NEAR(darkness(100, 10, 1000), 0.5, 1e-9);
  EXPECT_EQ(darkness(5, 5, 5), 0) << "all alike";
  const heat_map map{.title = "t",
                     .rows = {"a"},
                     .columns = {"b", "c"},
                     .values = {{1.0, std::nullopt}},
                     .texts = {{"1 ns", ""}}};
  const auto svg = to_svg(map, 340);
  EXPECT_THAT(svg, HasSubstr(">1 ns<"));
  EXPECT_EQ(svg.find("<rect"), svg.rfind("<rect")) << "nothing where nothing was measured";
}

TEST(NumaSummary, HasATableForEachPart) {
  const auto text = to_text(whole());
  EXPECT_THAT(text, HasSubstr("Run it with --nodes=2"));
  EXPECT_THAT(text, HasSubstr("node 0    node 1     144 ns [141, 147]"));
  EXPECT_THAT(text, HasSubstr("0, 1   same last-level cache"));
  EXPECT_THAT(text, HasSubstr("--nodes=2 is better"));
  EXPECT_THAT(text, HasSubstr("Counters: nobody counts here."));
}

TEST(NumaJson, HasAllThatWasMeasured) {
  const auto json = to_json(whole());
  EXPECT_THAT(json, HasSubstr("{\"format\":\"shoal numa results\",\"version\":1,"));
  EXPECT_THAT(json, HasSubstr("\"a\":0,\"b\":2,\"how\":\"apart\""));
  EXPECT_THAT(json, HasSubstr("\"wake_ns\":null"));
  EXPECT_THAT(json, HasSubstr("\"cpu_node\":0,\"memory_node\":1"));
  EXPECT_THAT(json, HasSubstr("\"measured\":{\"format\":\"shoal bench results\""));
}

}  // namespace
}  // namespace shoal::numa
