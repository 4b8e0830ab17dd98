#include "cluster/options/settings_change.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using std::chrono::milliseconds;

TEST(SettingsChange, NothingChangedTakesNothing) {
  const auto changes = changes_between({}, {});
  EXPECT_TRUE(changes.empty());
  EXPECT_EQ(effect_of(changes), option_effect::at_once);
  EXPECT_EQ(to_text(changes), "");
  EXPECT_EQ(to_json(changes), R"({"takes":"at once","changes":[]})");
}

TEST(SettingsChange, WhatTakesMostDecides) {
  options after;
  after.restart_delay = milliseconds(7);
  EXPECT_EQ(effect_of(changes_between({}, after)), option_effect::at_once);
  after.max_body = 7;
  EXPECT_EQ(effect_of(changes_between({}, after)), option_effect::in_new_processes);
  after.nodes = 7;
  EXPECT_EQ(effect_of(changes_between({}, after)), option_effect::at_start);
}

TEST(SettingsChange, EachIsALineAndAMember) {
  options after;
  after.access_log = "/tmp/log";
  after.listen = {"127.0.0.1:1", "127.0.0.1:2"};
  const auto changes = changes_between({}, after);
  EXPECT_EQ(to_text(changes),
            "listen: 127.0.0.1:8080 -> 127.0.0.1:1,127.0.0.1:2 (new start)\n"
            "access-log: nothing -> /tmp/log (new processes)\n");
  EXPECT_EQ(to_json(changes),
            R"({"takes":"new start","changes":[)"
            R"({"name":"listen","before":"127.0.0.1:8080","after":"127.0.0.1:1,127.0.0.1:2",)"
            R"("takes":"new start"},)"
            R"({"name":"access-log","before":"","after":"/tmp/log","takes":"new processes"}]})");
}

// Whoever makes an option of the supervisor's one of the processes' has to come by here.
TEST(SettingsChange, TheSupervisorAloneReadsWhatCountsAtOnce) {
  std::string names;
  for (const auto& spec : option_table()) {
    if (spec.effect == option_effect::at_once) names.append(spec.name).append(" ");
  }
  EXPECT_EQ(
      names,
      "boot-timeout drain-delay canary-share canary-window canary-errors canary-p99 healthy-after "
      "restart-delay restart-delay-limit restart-limit restart-period ");
}

}  // namespace
}  // namespace shoal::cluster
