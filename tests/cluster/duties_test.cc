// Whole clusters of which a part rests: no connection is lost, and who rests is given none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <vector>

#include "running_app.h"
#include "shoal_program.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

class Duties : public testing::TestWithParam<std::vector<std::string>> {
 protected:
  [[nodiscard]] static app_settings two_nodes(const std::string& trouble = "") {
    auto flags = GetParam();
    flags.insert(flags.end(), {"--nodes", "2", "--workers", "1", "--stall-warn", "1h"});
    return {.flags = flags, .trouble = trouble};
  }

  static std::string ask(const test::served_process& app, const std::string& verb, int code = 0) {
    const auto seen = run_shoal(verb + " --pid " + std::to_string(app.pid()));
    EXPECT_EQ(seen.exit_code, code) << seen.text << app.log();
    return seen.text;
  }

  static std::string node_of(const std::string& whoami) {
    const auto at = whoami.find(' ');
    return at == std::string::npos ? whoami
                                   : whoami.substr(at + 1, whoami.find(' ', at + 1) - at - 1);
  }

  /// The node that serves the next request of a kept connection; "" if it is closed.
  static std::string node_for(test_client& client) {
    client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n");
    return node_of(body_of(client.one_answer()));
  }
};

INSTANTIATE_TEST_SUITE_P(
    All, Duties,
    testing::Values(std::vector<std::string>{"--driver", "uring"},
                    std::vector<std::string>{"--driver", "epoll", "--dispatch", "cbpf"},
                    std::vector<std::string>{"--driver", "uring", "--dispatch", "reuseport"},
                    std::vector<std::string>{"--driver", "epoll", "--dispatch", "shared"},
                    std::vector<std::string>{"--driver", "epoll", "--dispatch", "handoff"}),
    [](const auto& info) {
      std::string name = info.param[1];
      if (info.param.size() > 2) name += "_" + info.param[3];
      return name;
    });

TEST_P(Duties, ADrainedNodeServesNobodyAndNoConnectionIsLost) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> kept;
  for (int i = 0; i < 24; ++i) kept.emplace_back(app.port());
  for (auto& client : kept) ASSERT_NE(node_for(client), "");
  EXPECT_EQ(ask(app, "drain 1"), "node 1 is drained; 1 of 2 workers serve\n");
  for (auto& client : kept) EXPECT_EQ(node_for(client), "0");
  for (int i = 0; i < 24; ++i) EXPECT_EQ(node_of(fetch(app.port(), "/whoami")), "0");
  EXPECT_THAT(ask(app, "drain 0", 1), HasSubstr("nobody else would serve"));
  EXPECT_THAT(ask(app, "processes"), HasSubstr(", drained"));
  EXPECT_EQ(ask(app, "undrain 1"), "node 1 takes connections; 2 of 2 workers serve\n");
  EXPECT_EQ(ask(app, "drain 0"), "node 0 is drained; 1 of 2 workers serve\n");
  for (auto& client : kept) EXPECT_EQ(node_for(client), "1");
  for (int i = 0; i < 24; ++i) EXPECT_EQ(node_of(fetch(app.port(), "/whoami")), "1");
}

TEST_P(Duties, StayThroughAReloadAndACrash) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(ask(app, "scale 1"), "1 of 2 workers serve\n");
  test_client kept(app.port());
  EXPECT_EQ(node_for(kept), "0");
  ask(app, "reload");
  EXPECT_EQ(node_for(kept), "0");
  ask(app, "kill 1");
  ask(app, "restart 0");
  EXPECT_EQ(node_for(kept), "0");
  for (int i = 0; i < 24; ++i) EXPECT_EQ(node_of(fetch(app.port(), "/whoami")), "0");
  app.signal(SIGTTIN);
  EXPECT_NE(app.wait_for("2 of 2 workers serve"), "");
  app.signal(SIGTTIN);
  EXPECT_NE(app.wait_for("the cluster has 2 workers"), "");
  app.signal(SIGTTOU);
  EXPECT_NE(app.wait_for("1 of 2 workers serve"), "");
  app.signal(SIGTTOU);
  EXPECT_NE(app.wait_for("one worker at least has to serve"), "");
  EXPECT_EQ(node_for(kept), "0");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

/// One mechanism is enough for what concerns the supervisor alone.
class DutyTroubles : public Duties {};

INSTANTIATE_TEST_SUITE_P(All, DutyTroubles,
                         testing::Values(std::vector<std::string>{"--driver", "auto"}));

TEST_P(DutyTroubles, WhoServesAtTheDrainIsAnsweredFirst) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> busy;
  for (int i = 0; i < 16; ++i) {
    busy.emplace_back(app.port());
    ASSERT_TRUE(busy.back().send("GET /sleep/200 HTTP/1.1\r\nHost: a\r\n\r\n"));
  }
  ask(app, "drain 0");
  for (auto& client : busy) {
    EXPECT_EQ(body_of(client.one_answer()), "slept");
    EXPECT_EQ(node_for(client), "1");
  }
}

TEST_P(DutyTroubles, WhatMakesNoSenseIsRefused) {
  auto app = run_app(two_nodes());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_THAT(ask(app, "scale 0", 1), HasSubstr("one worker at least"));
  EXPECT_THAT(ask(app, "scale 3", 1), HasSubstr("the cluster has 2 workers"));
  EXPECT_THAT(ask(app, "scale x", 2), HasSubstr("WORKERS"));
  EXPECT_THAT(ask(app, "drain 2", 1), HasSubstr("there is no node 2"));
}

}  // namespace
}  // namespace shoal::cluster
