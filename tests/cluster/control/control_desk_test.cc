#include "cluster/control/control_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "cluster/control_stand_in.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

class ControlDesk : public testing::Test {
 protected:
  /// "GET /v1/status" and the like.
  void ask(const std::string& line, bool plain = false) {
    http::parse_progress progress;
    auto reading = read_control_request(line + " HTTP/1.1\r\nHost: a\r\n\r\n", progress);
    ASSERT_EQ(reading.is, control_reading::state::complete) << line;
    reading.request.plain = plain;
    answer_.reset();
    control_desk(target_).serve(reading.request, [this](control_answer answer) {
      ASSERT_FALSE(answer_) << "twice";
      answer_ = std::move(answer);
    });
  }

  control_stand_in target_;
  std::optional<control_answer> answer_;
};

TEST_F(ControlDesk, SaysHowAllIs) {
  ask("GET /v1/status");
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status, 200);
  EXPECT_EQ(
      answer_->body,
      R"({"pid":10,"state":"serving","uptime_seconds":2.5,"reloads":1,)"
      R"("reload_failure":"no database","processes":[)"
      R"({"node":0,"role":"serves","pid":11,"generation":2,"uptime_seconds":0,)"
      R"("state":"ready","restarts":1,"last_failure":"","drained":false,"workers_resting":0},)"
      R"({"node":1,"role":"serves","state":"waiting","restarts":0,"last_failure":"no room",)"
      R"("drained":true,"workers_resting":2},)"
      R"({"node":1,"role":"leaves","pid":9,"generation":0,"uptime_seconds":0}]})"
      "\n");
  ask("GET /v1/status", true);
  EXPECT_EQ(answer_->body,
            "supervisor 10: serving, up 2 s, 1 reloads, the last one failed: no database\n"
            "node 0: ready, pid 11, generation 2, up 0 s, 1 restarts\n"
            "node 1: waiting, 0 restarts, drained, last failure: no room\n"
            "node 1: leaves, pid 9, generation 0, up 0 s\n");
}

TEST_F(ControlDesk, SaysWhatIsListenedOn) {
  ask("GET /v1/listeners");
  EXPECT_EQ(answer_->body,
            R"({"listeners":[{"address":"127.0.0.1:80","sockets":2,"waiting":3,"backlog":512},)"
            R"({"address":"unix:/a","sockets":1,"waiting":0,"backlog":0}]})"
            "\n");
  ask("GET /v1/listeners", true);
  EXPECT_EQ(answer_->body,
            "127.0.0.1:80: 2 sockets, 3 waiting, backlog 512\n"
            "unix:/a: 1 socket\n");
}

TEST_F(ControlDesk, SaysWherePagesAndWorkersAre) {
  ask("GET /v1/numa");
  EXPECT_EQ(
      answer_->body,
      R"({"plan":"2 workers: one for each of 2 cores","numa_balancing":true,"processes":[)"
      R"({"node":0,"pid":11,"memory":"bind to NUMA node 0","looked_seconds_ago":3.5,)"
      R"("remote_share":0.25,"pages":{"heap":{"0":3,"2":1},"rings":{"0":0,"2":0}},"workers":[)"
      R"({"worker":0,"numa_node":0,"planned_cpu":4,"cpu":5,"migrations":7,"packets_near":3,)"
      R"("packets_far":1}]},)"
      R"({"node":1,"pid":12,"memory":"default","pages":{},"workers":[]}]})"
      "\n");
  ask("GET /v1/numa", true);
  EXPECT_EQ(answer_->body,
            "2 workers: one for each of 2 cores\n"
            "kernel.numa_balancing is on\n"
            "node 0: pid 11, memory bind to NUMA node 0, 25.0 % elsewhere than planned, 3 s ago\n"
            "  heap: 4 pages: 3 on 0, 1 on 2\n"
            "  rings: 0 pages\n"
            "  worker 0: core 5, planned 4 on NUMA node 0, 7 migrations, packets near 75.0 % of 4 "
            "times\n"
            "node 1: pid 12, memory default, nobody has looked yet\n");
}

TEST_F(ControlDesk, AnswersForAReloadWhenThatIsOver) {
  ask("POST /v1/reload");
  EXPECT_EQ(target_.asked, "reload");
  EXPECT_FALSE(answer_);
  target_.waits({control_outcome::kind::done, "all serve"});
  ASSERT_TRUE(answer_);
  EXPECT_EQ(answer_->status, 200);
  EXPECT_EQ(answer_->body, "{\"done\":\"all serve\"}\n");
  EXPECT_EQ(answer_->after, control_after::close);
}

TEST_F(ControlDesk, SaysWhyItHasFailedOrWasNotTried) {
  ask("POST /v1/reload");
  target_.waits({control_outcome::kind::failed, "no database"});
  EXPECT_EQ(answer_->status, 500);
  EXPECT_THAT(answer_->body, HasSubstr(R"("detail":"no database")"));
  ask("POST /v1/reload", true);
  target_.waits({control_outcome::kind::refused, "the cluster stops"});
  EXPECT_EQ(answer_->status, 409);
  EXPECT_EQ(answer_->body, "the cluster stops\n");
  ask("POST /v1/reopen");
  EXPECT_EQ(answer_->status, 409);
}

TEST_F(ControlDesk, NamesTheNode) {
  ask("POST /v1/restart?node=1");
  EXPECT_EQ(target_.asked, "restart 1");
  ask("POST /v1/kill?node=0");
  EXPECT_EQ(target_.asked, "kill 0");
  ask("POST /v1/drain?node=1");
  EXPECT_EQ(target_.asked, "drain 1");
  ask("POST /v1/undrain?node=1");
  EXPECT_EQ(target_.asked, "undrain 1");
  target_.asked.clear();
  for (const auto& [line, status] : {std::pair{"POST /v1/kill", 400},
                                     {"POST /v1/kill?node=", 400},
                                     {"POST /v1/kill?node=x", 400},
                                     {"POST /v1/kill?node=-1", 400},
                                     {"POST /v1/kill?node=2", 404},
                                     {"POST /v1/kill?node=4294967296", 404},
                                     {"POST /v1/restart?node=0&node=1", 400},
                                     {"POST /v1/kill?node=0&now=1", 400},
                                     {"POST /v1/kill?nodes=0", 400}}) {
    ask(line);
    ASSERT_TRUE(answer_) << line;
    EXPECT_EQ(answer_->status, status) << line;
  }
  EXPECT_EQ(target_.asked, "");
}

TEST_F(ControlDesk, SaysHowManyShallServe) {
  ask("POST /v1/scale?workers=3");
  EXPECT_EQ(target_.asked, "scale 3");
  target_.asked.clear();
  for (const auto* line : {"POST /v1/scale", "POST /v1/scale?workers=", "POST /v1/scale?workers=-1",
                           "POST /v1/scale?node=1", "POST /v1/scale?workers=1&workers=2"}) {
    ask(line);
    ASSERT_TRUE(answer_) << line;
    EXPECT_EQ(answer_->status, 400) << line;
  }
  EXPECT_EQ(target_.asked, "");
  ask("POST /v1/scale?workers=18446744073709551615");
  EXPECT_EQ(target_.asked, "scale 4294967295") << "more than anybody has";
}

TEST_F(ControlDesk, HoldsTheConnectionOfWhoStops) {
  ask("POST /v1/stop");
  EXPECT_EQ(target_.asked, "stop");
  EXPECT_EQ(answer_->after, control_after::hold);
  ask("POST /v1/stop?now=1");
  EXPECT_EQ(target_.asked, "stop now");
  target_.asked.clear();
  ask("POST /v1/stop?now=maybe");
  EXPECT_EQ(answer_->status, 400);
  EXPECT_EQ(target_.asked, "");
}

TEST_F(ControlDesk, TellsWhatHasHappened) {
  target_.ring.add({.kind = event_kind::stop, .text = "SIGTERM"}, 0);
  ask("GET /v1/events");
  EXPECT_EQ(answer_->type, "application/x-ndjson");
  EXPECT_EQ(answer_->body,
            R"({"number":1,"time":"1970-01-01T00:00:00.000Z","event":"stop","text":"SIGTERM"})"
            "\n");
  EXPECT_EQ(answer_->after, control_after::close);
  ask("GET /v1/events?follow=1", true);
  EXPECT_EQ(answer_->body, "1970-01-01T00:00:00.000Z stop: SIGTERM\n");
  EXPECT_EQ(answer_->after, control_after::follow);
}

TEST_F(ControlDesk, KnowsItsPathsAndTheirVerbs) {
  ask("GET /v1/reload");
  EXPECT_EQ(answer_->status, 405);
  EXPECT_EQ(answer_->allow, "POST");
  ask("DELETE /v1/status");
  EXPECT_EQ(answer_->status, 405);
  EXPECT_EQ(answer_->allow, "GET");
  for (const auto* line : {"GET /", "GET /v1/status/", "POST /v2/reload", "OPTIONS *"}) {
    ask(line);
    EXPECT_EQ(answer_->status, 404) << line;
    EXPECT_THAT(answer_->body, HasSubstr("/v1/status"));
  }
  EXPECT_EQ(target_.asked, "");
}

TEST_F(ControlDesk, RefusesParametersThatMeanNothing) {
  for (const auto* line : {"GET /v1/status?x=1", "POST /v1/reload?node=1", "POST /v1/reopen?now"}) {
    ask(line);
    EXPECT_EQ(answer_->status, 400) << line;
  }
  EXPECT_EQ(target_.asked, "");
}

}  // namespace
}  // namespace shoal::cluster
