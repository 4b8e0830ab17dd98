#include "bench/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "bench/axis.h"
#include "bench/chart.h"
#include "bench/file_text.h"
#include "bench/html.h"
#include "support/scratch_directory.h"
#include "synthetic_results.h"

namespace shoal::bench {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The name of the tag that begins at `at`, with its slash if it ends an element.
std::string tag_at(const std::string& html, std::size_t at) {
  std::size_t end = at + 1;
  while (end < html.size() && (std::isalnum(static_cast<unsigned char>(html[end])) != 0 ||
                               html[end] == '/' || html[end] == '!')) {
    ++end;
  }
  return html.substr(at + 1, end - at - 1);
}

/// What is wrong with how elements are nested; "" if nothing is. Strict as XML, but for the doctype
/// and HTML's elements without an end. Attributes may hold no ">".
std::string unbalanced(const std::string& html) {
  std::vector<std::string> open;
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::string name = tag_at(html, at);
    const auto end = html.find('>', at);
    if (name.empty() || end == std::string::npos) return "a stray < at " + html.substr(at, 40);
    if (name == "!doctype" || name == "meta" || html[end - 1] == '/') continue;
    if (name.front() != '/') {
      open.push_back(name);
    } else if (open.empty() || open.back() != name.substr(1)) {
      return "<" + name + "> ends " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : "<" + open.back() + "> has no end";
}

results only(purpose why) {
  results all = draw_results(1);
  std::erase_if(all.points, [&](const point& p) { return p.why != why; });
  return all;
}

TEST(Report, IsWellFormedWhateverWasMeasured) {
  std::vector<results> cases = {draw_results(1), {}};
  for (const purpose why : {purpose::noise, purpose::throughput, purpose::latency, purpose::cost,
                            purpose::ablation, purpose::memory, purpose::dispatch}) {
    cases.push_back(only(why));
  }
  results empty = draw_results(1);
  for (point& p : empty.points) p.pairs.clear();
  cases.push_back(empty);
  results few = draw_results(1);
  for (point& p : few.points) p.pairs.resize(1);
  cases.push_back(few);
  results memory = only(purpose::memory);
  memory.points.push_back(memory.points.front());
  memory.points.back().load.connections = 10'000;
  cases.push_back(memory);
  for (const results& each : cases) EXPECT_EQ(unbalanced(to_html(each)), "");
}

TEST(Report, NeedsNothingFromElsewhere) {
  const std::string html = to_html(draw_results(1));
  for (const char* part : {"http:", "https:", "src=", "url(", "@import", "<script", "<link"}) {
    EXPECT_FALSE(has(html, part)) << part;
  }
}

TEST(Report, ShowsNoNumberThatIsNone) {
  results strange = draw_results(1);
  for (point& p : strange.points) {
    for (measured_pair& pair : p.pairs) {
      pair.a.server_seconds = std::nan("");
      pair.b.seconds = 0;
      pair.b.resident_bytes = 1e308;
      pair.a.machine_seconds = 1e-300;
      pair.b.machine_seconds = 1e300;
      pair.a.latency.clear();
    }
  }
  strange.seconds = std::nan("");
  for (std::size_t i = 0; i < strange.points.size(); i += 2) {
    strange.points[i].load.rate = strange.points[i].load.share = std::nan("");
    strange.points[i].load.connections = 0;
  }
  for (const results& each : {draw_results(1), strange}) {
    std::string html = to_html(each);
    std::transform(html.begin(), html.end(), html.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_FALSE(has(html, ">nan") || has(html, "\"nan") || has(html, " nan") || has(html, "-nan"));
    EXPECT_FALSE(has(html, ">inf") || has(html, "\"inf") || has(html, " inf ") ||
                 has(html, "-inf"));
  }
}

TEST(Report, BeginsWithTheAnswerAndHasItsPartsInOrder) {
  const std::string html = to_html(draw_results(1));
  std::size_t before = 0;
  for (const char* part :
       {"<h1>io_uring against epoll</h1>", "class=\"answer\">On this machine io_uring serves 1.",
        "id=\"why\"", "id=\"throughput\"", "id=\"cpu-second\"", "id=\"latency\"", "id=\"cost\"",
        "id=\"ablations\"", "id=\"dispatch\"", "id=\"memory\"", "id=\"noise\"", "id=\"machine\"",
        "id=\"method\"", "href=\"results.json\""}) {
    const auto at = html.find(part);
    ASSERT_NE(at, std::string::npos) << part;
    EXPECT_GT(at, before) << part;
    before = at;
  }
  EXPECT_FALSE(has(html, "class=\"banner\""));
}

TEST(Report, HasNoSectionOfWhatWasNotMeasured) {
  const std::string html = to_html(only(purpose::memory));
  EXPECT_TRUE(has(html, "id=\"memory\""));
  for (const char* part : {"id=\"why\"", "id=\"throughput\"", "id=\"cpu-second\"", "id=\"latency\"",
                           "id=\"cost\"", "id=\"ablations\"", "id=\"dispatch\"", "id=\"noise\""}) {
    EXPECT_FALSE(has(html, part)) << part;
  }
  EXPECT_FALSE(has(to_html(results{}), "<section"));
}

TEST(Report, SaysWhatIsMissingAndWhy) {
  results all = only(purpose::throughput);
  all.complete = false;
  all.ended_by = "interrupted <by> a signal";
  all.points.resize(4);
  all.points[2].pairs.resize(2);
  all.points[3].pairs.clear();
  const std::string html = to_html(all);
  EXPECT_TRUE(has(html,
                  "Not complete: interrupted &lt;by&gt; a signal. 3 of 4 points have pairs, "
                  "1 of them fewer than bounds need (6).<"));
}

TEST(Report, NamesThePlannedKindsOfWhichNothingWasMeasured) {
  results all = only(purpose::throughput);
  all.complete = false;
  all.points.resize(1);
  for (const purpose why : {purpose::noise, purpose::latency}) {
    all.points.push_back({.why = why, .a = "uring", .b = "epoll", .load = {}, .pairs = {}});
  }
  EXPECT_TRUE(
      has(to_html(all), "1 of 3 points has pairs; nothing was measured of latency and noise.<"));
}

TEST(Report, SaysOnWhichCoresClustersWere) {
  results all = only(purpose::dispatch);
  all.machine = {{"server: " + std::string(cluster_fact), "2 on core 0, shared"}};
  EXPECT_TRUE(has(to_html(all), "Workers of each: 2 on core 0, shared."));
}

TEST(Report, SaysWhatMemoryIsAndHowManyPairsOfItCount) {
  results all = only(purpose::memory);
  EXPECT_TRUE(has(to_html(all), "What the kernel keeps for a connection is not in it."));
  EXPECT_FALSE(has(to_html(all), " of 6 pairs<"));
  auto& pairs = all.points.front().pairs;
  ASSERT_EQ(pairs.size(), 6U);
  pairs[0].a.resident_bytes = 0;
  pairs[3].b.resident_bytes = -4096;
  EXPECT_TRUE(has(to_html(all), ", 4 of 6 pairs<"));
}

TEST(Report, WarnsOfWrongAnswersAndOfAGeneratorAtItsLimit) {
  results all = only(purpose::throughput);
  all.points.front().pairs.front().b.errors = 1234;
  all.points.front().pairs.back().a.generator_limited = true;
  const std::string html = to_html(all);
  EXPECT_TRUE(has(html, "1,234 answers of epoll wrong or missing."));
  EXPECT_TRUE(has(html, "In 1 of "));
}

TEST(Report, SaysWhoDidNotKeepUpUnlessTheGeneratorWasTheLimit) {
  results all = only(purpose::latency);
  EXPECT_FALSE(has(to_html(all), "did not keep up"));
  auto& pairs = all.points.front().pairs;
  pairs.front().b.behind = true;
  pairs.back().a.behind = pairs.back().a.generator_limited = true;
  const std::string html = to_html(all);
  EXPECT_TRUE(has(html, "In 1 measurement epoll did not keep up with what an open loop offered"));
  EXPECT_TRUE(has(html, ">no</td>"));
}

TEST(Report, TakesNoNameForItsOwnWords) {
  results all = draw_results(1);
  const std::string hostile = "<script>alert('\"&\x1b[31m";
  all.plan = all.began = hostile;
  all.machine = {{hostile, hostile}};
  for (point& p : all.points) p.b = hostile;
  const std::string html = to_html(all);
  EXPECT_FALSE(has(html, "<script"));
  EXPECT_FALSE(has(html, "\x1b"));
  EXPECT_TRUE(has(html, "&lt;script&gt;alert(&#39;&quot;&amp;"));
  EXPECT_EQ(unbalanced(html), "");
}

TEST(Report, HasATableAndWordsBesideEveryChart) {
  const std::string html = to_html(draw_results(1));
  const auto count = [&](const std::string& part) {
    std::size_t times = 0;
    for (auto at = html.find(part); at != std::string::npos; at = html.find(part, at + 1)) ++times;
    return times;
  };
  EXPECT_GT(count("<figure>"), 10U);
  EXPECT_GE(count("<details>"), count("<figure>"));
  EXPECT_EQ(count("<svg role=\"img\""), count("<desc>"));
  EXPECT_FALSE(has(html, "<desc></desc>"));
}

TEST(Report, IsWrittenWholeOrNotAtAll) {
  const testing::scratch_directory directory;
  const std::string path = directory / "report.html";
  const results all = draw_results(1);
  ASSERT_TRUE(write_report(all, path));
  EXPECT_EQ(read_file(path).value(), to_html(all));
  EXPECT_FALSE(write_report(all, directory / "nowhere/report.html"));
}

TEST(Html, EscapesWhatWouldEndATextOrAnAttribute) {
  EXPECT_EQ(escape("a<b>&\"c'\n"), escape("a") + "&lt;b&gt;&amp;&quot;c&#39;" + escape("\n"));
  EXPECT_FALSE(has(escape("\n"), "\n"));
}

TEST(Html, HasWhatACellIsBesideIt) {
  const std::string html = to_html(table{"", {"load", "a<b", ""}, {{"r", "1", "x"}}});
  EXPECT_TRUE(has(html, "<th scope=\"row\">r</th><td data-label=\"a&lt;b\">1</td><td>x</td>"));
  EXPECT_EQ(unbalanced(html), "");
}

TEST(Html, BreaksNoLineWithinAFigure) {
  EXPECT_EQ(unbroken("is 0.75 × [0.73, 0.76] at 70 % of it, or so"),
            "is 0.75\u00a0×\u00a0[0.73,\u00a00.76] at 70\u00a0% of it, or so");
  EXPECT_EQ(unbroken(""), "");
}

TEST(Axis, PlacesValuesFromItsLowToItsHighEndAndNeverBeyond) {
  const axis linear = from_zero("", {40, 180}, unit::count);
  EXPECT_EQ(place_on(linear, 0), 0);
  EXPECT_GE(linear.high, 180);
  EXPECT_EQ(place_on(linear, 1e9), 1);
  const axis powers = at_values("", {1, 8, 64});
  EXPECT_NEAR(place_on(powers, 8), 0.5, 1e-9);
  EXPECT_EQ(place_on(powers, std::nan("")), 0);
}

TEST(Axis, NamesRoundValues) {
  const auto names = [](const axis& along) {
    std::string text;
    for (const tick& each : along.ticks) text += each.second + "|";
    return text;
  };
  EXPECT_EQ(names(from_zero("", {184'000}, unit::count)), "0|50,000|100,000|150,000|200,000|");
  EXPECT_EQ(names(around("", {1, 0.97, 1.34}, unit::count)), "1|1.1|1.2|1.3|");
  EXPECT_EQ(names(percentiles(0.9999)), "0|50|90|99|99.9|99.99|");
  EXPECT_EQ(names(logarithmic("", {40e-6, 3e-3}, unit::seconds)),
            "50 µs|100 µs|200 µs|500 µs|1 ms|2 ms|");
  EXPECT_EQ(names(logarithmic("", {1.1, 1.2}, unit::count)), "1|1.1|1.2|1.3|");
  EXPECT_EQ(names(from_zero("", {200'000}, unit::bytes)), "0|50 KiB|100 KiB|150 KiB|200 KiB|");
  EXPECT_EQ(names(at_values("", {1, 64, 4096})), "1|64|4,096|");
  EXPECT_EQ(names(from_zero("", {}, unit::count)).substr(0, 2), "0|");
}

TEST(Axis, HasEachNineOfAPercentileAsFarFromTheOneBefore) {
  const axis along = percentiles(0.9999);
  EXPECT_NEAR(place_on(along, 0.9), 0.25, 1e-9);
  EXPECT_NEAR(place_on(along, 0.99), 0.5, 1e-9);
  EXPECT_NEAR(place_on(along, 0.9999), 1, 1e-9);
}

TEST(Chart, DrawsNoBoundsThatTooFewValuesWouldHave) {
  chart c;
  c.x = at_values("connections", {1, 64});
  c.y = from_zero("requests", {10, 20}, unit::count);
  c.lines = {{"a", 0, {{1, {10, 9, 11, 5}}, {64, {20, 19, 21, 6}}}, false}};
  const std::string svg = to_svg(c, 720);
  const auto first = svg.find("class=\"bar\"");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(svg.find("class=\"bar\"", first + 1), std::string::npos);
  EXPECT_EQ(unbalanced(svg), "");
}

TEST(Chart, HasAnotherShapeForEachColour) {
  EXPECT_NE(swatch(0), swatch(1));
  EXPECT_EQ(unbalanced(swatch(7)), "");
}

}  // namespace
}  // namespace shoal::bench
