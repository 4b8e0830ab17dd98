#include "cluster/options/settings_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/options/config_file.h"
#include "cluster/options/option_table.h"

namespace shoal::cluster {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

option_layers odd_layers() {
  option_layers layers;
  layers.code.listen = {"127.0.0.1:1", "unix:/tmp/a b"};
  layers.code.rehome = false;
  layers.environment[find_option("workers").value()] = {"2", "SHOAL_WORKERS"};
  layers.flags[find_option("access-log").value()] = {"/tmp/\"\\\n\x7f", "--access-log"};
  return layers;
}

TEST(SettingsReport, GivenOnesStandAsAFileWithTheirOriginBehind) {
  EXPECT_EQ(to_text(settle(odd_layers()), shown_settings::given),
            "listen = [\"127.0.0.1:1\",\"unix:/tmp/a b\"]    # code\n"
            "workers = 2                                 # SHOAL_WORKERS\n"
            "rehome = false                              # code\n"
            "access-log = \"/tmp/\\\"\\\\\\n\\u007F\"                 # --access-log\n");
}

TEST(SettingsReport, ReadsBackAsTheSame) {
  const auto before = settle(odd_layers());
  const auto file = parse_config(to_text(before, shown_settings::all), "again.toml");
  ASSERT_THAT(file.problems, IsEmpty());
  options after;
  for (std::size_t i = 0; i < option_table().size(); ++i) {
    const auto& spec = option_table()[i];
    ASSERT_TRUE(file.says[i].has_value()) << spec.name;
    ASSERT_TRUE(spec.set(after, file.says[i]->text).ok());
    EXPECT_EQ(spec.show(after), spec.show(before.values));
  }
}

TEST(SettingsReport, AnOriginStaysInItsLine) {
  auto layers = odd_layers();
  layers.flags[find_option("nodes").value()] = {"1", "a\nb\x7f"};
  EXPECT_THAT(to_text(settle(layers), shown_settings::given), HasSubstr("# a\\nb\\u007F\n"));
}

TEST(SettingsReport, JsonHasValuesSourcesAndWhatANewOneTakes) {
  EXPECT_EQ(to_json(settle(odd_layers()), shown_settings::given),
            R"({"options":[)"
            R"({"name":"listen","value":["127.0.0.1:1","unix:/tmp/a b"],"source":"code",)"
            R"("where":null,"takes":"new start"},)"
            R"({"name":"workers","value":2,"source":"environment","where":"SHOAL_WORKERS",)"
            R"("takes":"new start"},)"
            R"({"name":"rehome","value":false,"source":"code","where":null,)"
            R"("takes":"new processes"},)"
            "{\"name\":\"access-log\",\"value\":\"/tmp/\\\"\\\\\\n\x7f\",\"source\":\"flag\","
            R"("where":"--access-log","takes":"new processes"}]})");
}

TEST(SettingsReport, AllAreAllOfTheTable) {
  const auto text = to_json(settle(odd_layers()), shown_settings::all);
  for (const auto& spec : option_table()) {
    EXPECT_THAT(text, HasSubstr("{\"name\":\"" + std::string(spec.name) + "\""));
  }
}

}  // namespace
}  // namespace shoal::cluster
