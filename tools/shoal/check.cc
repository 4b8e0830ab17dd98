// shoal check: whether a configuration file says what can be done, without the program that reads
// it. PROGRAM --config FILE --check looks at routes and machine as well.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "cluster/options/settings.h"
#include "commands.h"

namespace shoal::tool {
namespace {

/// The file alone: no variable of ours is read.
int run_check(const std::string& file) {
  const auto settled = cluster::settle({.code = {}, .file = file});
  for (const auto& problem : settled.problems) std::fprintf(stderr, "%s\n", problem.c_str());
  if (!settled.problems.empty()) return exit_failure;
  return std::printf("%s: OK\n", file.c_str()) < 0 ? exit_failure : exit_ok;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code) {
  const auto file = std::make_shared<std::string>();
  CLI::App* const command =
      app.add_subcommand("check", "Says all that is wrong with a configuration file");
  command->footer("PROGRAM --config FILE --check looks at its routes and at the machine as well.");
  command->add_option("FILE", *file, "The file, as of --config")->required()->type_name("");
  command->callback([file, &exit_code] { exit_code = run_check(*file); });
}

}  // namespace shoal::tool
