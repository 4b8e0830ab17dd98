#include "load/report.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "load/report_json.h"
#include "load/report_table.h"

namespace shoal::load {
namespace {

using namespace std::chrono_literals;

options two_kinds() {
  options asked;
  asked.to.host = "127.0.0.1:8080";
  asked.kinds.resize(2);
  asked.kinds[0].name = "light";
  asked.kinds[0].weight = 95;
  asked.kinds[1].name = "he\"avy";
  asked.kinds[1].weight = 5;
  return asked;
}

/// Of one thread.
std::unique_ptr<report> part(std::uint64_t light_ns, std::uint64_t heavy_ns) {
  auto made = std::make_unique<report>();
  made->kinds.resize(2);
  made->kinds[0].latency.record(light_ns, 90);
  made->kinds[0].tally.answers = 90;
  made->kinds[1].latency.record(heavy_ns, 10);
  made->kinds[1].tally.answers = 10;
  made->kinds[1].tally.bad_body = 2;
  made->kinds[1].tally.refusals = 3;
  made->total = made->kinds[0].tally;
  made->total.add(made->kinds[1].tally);
  made->total.opened = 4;
  made->span = {monotonic_time(5s), monotonic_time(7s)};
  made->seconds = 2;
  made->unfinished = 7;
  made->right_within = 100;
  made->threads = {{.busy = 0.5}};
  made->cpu_seconds = 1;
  made->spun_seconds = 0.25;
  made->driver = "sim";
  return made;
}

TEST(Report, OfThreadsAddsUpAndItsHistogramsAreMerged) {
  const auto sum = part(100, 1000);
  auto other = part(300, 5000);
  other->span = {monotonic_time(4s), monotonic_time(6s)};
  other->seconds = 2.5;
  other->threads = {{.busy = 0.7, .came = 30, .turns = 10}};
  sum->add(*other);
  EXPECT_EQ(sum->total.answers, 200U);
  EXPECT_EQ(sum->total.bad_body, 4U);
  EXPECT_EQ(sum->total.opened, 8U);
  EXPECT_EQ(sum->total.refusals, 6U);
  EXPECT_EQ(sum->unfinished, 14U);
  EXPECT_EQ(sum->span.begin, monotonic_time(4s));
  EXPECT_EQ(sum->span.end, monotonic_time(7s));
  EXPECT_EQ(sum->seconds, 2.5);
  EXPECT_EQ(sum->rate(), 80);
  EXPECT_EQ(sum->busiest(), 0.7);
  EXPECT_EQ(sum->answers_per_turn(), 3);
  EXPECT_EQ(sum->cpu_seconds, 2);
  EXPECT_EQ(sum->spun_seconds, 0.5);
  const histogram all = sum->latency();
  EXPECT_EQ(all.count(), 200U);
  // No average of 1,000 and 5,000: a percentile of all.
  EXPECT_EQ(all.percentile(45), 100U);
  EXPECT_EQ(all.percentile(90), 300U);
  EXPECT_EQ(all.percentile(95), 1000U);
  EXPECT_GE(all.percentile(99), 5000U);
}

TEST(Report, IsOneLineOfJson) {
  const std::string json = as_json(two_kinds(), *part(100, 1000));
  EXPECT_EQ(json.find('\n'), json.size() - 1);
  for (
      const char* member :
      {R"({"target":"http://127.0.0.1:8080/","mode":"closed","driver":"sim","threads":1,)",
       R"("connections":64,"pipeline":1,"offered_rate":null,"pick":null,"window":{"begin_ns":5000000000,"end_ns":7000000000},)",
       R"("seconds":2,"interrupted":false,"planned":null,"waited":null,)",
       R"("answers":100,"refusals":3,"unfinished":7,"rate":50,"bytes":0,"connections_opened":4,"connections_ended":0,)",
       R"("errors":{"refused":0,"unopened":0,"broken":0,"lost":0,"status":0,"framing":0,"length":0,"body":2,"timeouts":0})",
       R"("latency":{"mean_ns":190,"min_ns":100,"p50_ns":100,"p75_ns":100,"p90_ns":100,"p99_ns":1000,"p999_ns":1000,"p9999_ns":1000,"max_ns":1000,"buckets":[[100,90],[1000,10]]})",
       R"("kinds":[{"name":"light","weight":95,"answers":90,"refusals":0,"errors":0,"latency":{)",
       R"({"name":"he\"avy","weight":5,"answers":10,"refusals":3,"errors":2,)",
       R"("generator":{"busy":0.5,"cpu_seconds":1,"spun_seconds":0.25,"send_lag":null,"limited":false,"reasons":[],"behind":false})",
       R"("server":null})"}) {
    EXPECT_NE(json.find(member), std::string::npos) << member << "\n" << json;
  }
}

TEST(Report, AnnouncesItsWindow) {
  EXPECT_EQ(announcement_json({monotonic_time(1s), monotonic_time(3s)}),
            "{\"window\":{\"begin_ns\":1000000000,\"end_ns\":3000000000}}\n");
  EXPECT_EQ(announcement_json({monotonic_time(1s)}),
            "{\"window\":{\"begin_ns\":1000000000,\"end_ns\":null}}\n")
      << "of a count";
}

TEST(Report, SaysInJsonWhatAnOpenLoopOffered) {
  options asked = two_kinds();
  asked.rate = 2000;
  const auto seen = part(100, 1000);
  seen->planned = 4000;
  seen->waited = 12;
  seen->server_seconds = 1.25;
  seen->send_lag.record(60'000);
  const std::string json = as_json(asked, *seen);
  for (const char* member : {R"("mode":"open")", R"("offered_rate":2000,"pick":"idle",)",
                             R"("planned":4000,"waited":12,)", R"("send_lag":{"p50_ns":60000,)",
                             R"("limited":true,"reasons":["half of the requests)",
                             R"("behind":true})", R"("server":{"cpu_seconds":1.25}})"}) {
    EXPECT_NE(json.find(member), std::string::npos) << member << "\n" << json;
  }
}

TEST(Report, IsATableForPeople) {
  options asked = two_kinds();
  const auto seen = part(48'300, 1'400'000'000);
  seen->interrupted = true;
  asked.kinds[1].expected.may_refuse = true;
  seen->threads = {{.busy = 0.83, .came = 100, .turns = 5}};
  const std::string table = as_table(asked, *seen);
  for (const char* part :
       {"INTERRUPTED", "light", "48.3 us", "1.40 s", "2 body", "LIMITED", "83 % busy",
        "100 in 2.00 s: 50/s", "3, 503 with", "7 requests were out"}) {
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  }
}

TEST(Report, TellsALoadThatWasBehindFromAGeneratorThatWasTheLimit) {
  options asked = two_kinds();
  asked.rate = 2000;
  const auto seen = part(100, 1000);
  seen->planned = 4000;
  const std::string table = as_table(asked, *seen);
  EXPECT_NE(table.find("\nBEHIND       50 right answers a second to 2000"), std::string::npos)
      << table;
  EXPECT_EQ(table.find("LIMITED"), std::string::npos) << table;
  EXPECT_EQ(table.find("as planned"), std::string::npos) << table;
  const std::string json = as_json(asked, *seen);
  EXPECT_NE(json.find(R"("limited":false,"reasons":[],"behind":true})"), std::string::npos) << json;
}

TEST(Report, WritesTimesWithThreeDigits) {
  EXPECT_EQ(duration_text(0), "0.00 us");
  EXPECT_EQ(duration_text(1'234), "1.23 us");
  EXPECT_EQ(duration_text(99'960), "100 us");
  EXPECT_EQ(duration_text(12'345'678), "12.3 ms");
  EXPECT_EQ(duration_text(1'400'000'000), "1.40 s");
  EXPECT_EQ(duration_text(123'400'000'000), "123 s");
}

}  // namespace
}  // namespace shoal::load
