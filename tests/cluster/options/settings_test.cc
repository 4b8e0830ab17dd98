#include "cluster/options/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/exit_code.h"
#include "cluster/options/option_table.h"
#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Settings : public ::testing::Test {
 protected:
  void file(std::string_view text) { layers_.file = place_.write("a.toml", text); }

  void variable(std::string_view name, std::string text) {
    layers_.environment[find_option(name).value()] = {std::move(text), environment_name(name)};
  }

  void flag(std::string_view name, std::string text) {
    layers_.flags[find_option(name).value()] = {std::move(text), "--" + std::string(name)};
  }

  [[nodiscard]] std::string at(std::string_view place) const {
    return layers_.file + ":" + std::string(place);
  }

  option_layers layers_;

 private:
  testing::scratch_directory place_;
};

std::string origin(const settings& all, std::string_view name) {
  const auto& [source, where] = all.origins.at(find_option(name).value());
  return std::string(name_of(source)) + " " + where;
}

TEST_F(Settings, AFlagWinsOverAVariableThatOverAFileAndThatOverCode) {
  layers_.code.nodes = layers_.code.workers = layers_.code.backlog = layers_.code.max_fields = 7;
  file("nodes = 6\nworkers = 6\nbacklog = 6\n");
  variable("nodes", "5");
  variable("workers", "5");
  flag("nodes", "4");
  const auto all = settle(layers_);
  ASSERT_THAT(all.problems, IsEmpty());
  EXPECT_EQ(all.values.nodes, 4U);
  EXPECT_EQ(all.values.workers, 5U);
  EXPECT_EQ(all.values.backlog, 6U);
  EXPECT_EQ(all.values.max_fields, 7U);
  EXPECT_EQ(origin(all, "nodes"), "flag --nodes");
  EXPECT_EQ(origin(all, "workers"), "environment SHOAL_WORKERS");
  EXPECT_EQ(origin(all, "backlog"), "file " + at("3:1"));
  EXPECT_EQ(origin(all, "max-fields"), "code ");
  EXPECT_EQ(origin(all, "max-head"), "default ");
}

TEST_F(Settings, AListReplacesTheOneBelow) {
  layers_.code.listen = {"127.0.0.1:1", "127.0.0.1:2"};
  file("listen = [\"127.0.0.1:3\"]\n");
  EXPECT_THAT(settle(layers_).values.listen, ElementsAre("127.0.0.1:3"));
}

TEST_F(Settings, AllThatIsWrongAnywhereIsTold) {
  file("wokers = 1\nnodes = 0\n");
  variable("backlog", "many");
  flag("driver", "kqueue");
  const auto all = settle(layers_);
  EXPECT_THAT(all.problems, ElementsAre(HasSubstr(at("1:1")), HasSubstr(at("2:9")),
                                        "--driver \"kqueue\": must be auto, uring or epoll",
                                        "SHOAL_BACKLOG \"many\": must be a number, 1 or more"));
  EXPECT_EQ(all.code, exit_usage);
}

TEST_F(Settings, AFileAloneThatIsWrongEndsAsConfiguration) {
  file("nodes = 0\n");
  EXPECT_EQ(settle(layers_).code, exit_configuration);
  layers_.file = "/nonexistent/a.toml";
  EXPECT_EQ(settle(layers_).code, exit_configuration);
}

TEST_F(Settings, WhatAFileSaysIsCheckedUnderAFlagToo) {
  file("nodes = 0\n");
  flag("nodes", "2");
  EXPECT_THAT(settle(layers_).problems, ElementsAre(HasSubstr(at("1:9"))));
}

TEST_F(Settings, AVariableUnderAFlagIsNotLookedAt) {
  variable("nodes", "many");
  flag("nodes", "2");
  EXPECT_THAT(settle(layers_).problems, IsEmpty());
}

TEST_F(Settings, LayersTogetherMustFit) {
  file("dispatch = \"shared\"\n");
  flag("policy", "sticky");
  EXPECT_THAT(settle(layers_).problems,
              ElementsAre(HasSubstr("policy sticky is done by dispatch ebpf, handoff")));
}

TEST_F(Settings, TheFileIsReadAgainEachTime) {
  file("nodes = 1\n");
  EXPECT_EQ(settle(layers_).values.nodes, 1U);
  file("nodes = 2\n");
  EXPECT_EQ(settle(layers_).values.nodes, 2U);
}

}  // namespace
}  // namespace shoal::cluster
