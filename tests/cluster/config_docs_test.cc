// docs/configuration.md and the file that people start from say what the option table says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "cluster/options/option_table.h"
#include "cluster/options/settings.h"

namespace shoal::cluster {
namespace {

std::string escaped(std::string text) {
  for (auto at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) {
    text.insert(at, 1, '\\');
  }
  return text;
}

std::string table_of_options() {
  std::string rows =
      "| option | value | default | a new value takes | meaning |\n|---|---|---|---|---|\n";
  for (const auto& spec : option_table()) {
    const auto preset = spec.show(options{});
    rows += "| `" + std::string(spec.name) + "` | " + escaped(std::string(name_of(spec.kind))) +
            " | " + (preset.empty() ? "" : "`" + preset + "`") + " | " +
            std::string(name_of(spec.effect)) + " | " + escaped(std::string(spec.help)) + " |\n";
  }
  return rows;
}

TEST(ConfigDocs, TheTableOfThePageIsThatOfTheProgram) {
  std::ifstream file(SOURCE_ROOT "/docs/configuration.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(page.find(table_of_options()), std::string::npos)
      << "docs/configuration.md should have:\n"
      << table_of_options();
}

TEST(ConfigDocs, TheExampleIsGoodAndChangesWhatItSays) {
  const auto all = settle({.code = {}, .file = SOURCE_ROOT "/examples/shoal.toml"});
  EXPECT_THAT(all.problems, ::testing::IsEmpty());
  const auto given = std::count_if(all.origins.begin(), all.origins.end(), [](const auto& origin) {
    return origin.source == option_source::file;
  });
  EXPECT_GT(given, 5);
}

}  // namespace
}  // namespace shoal::cluster
