#include <CLI/CLI.hpp>
#include <cstdio>

#include "commands.h"

namespace shoal::tool {

void add_version(CLI::App& app, int& exit_code) {
  CLI::App* const command = app.add_subcommand("version", "Prints the program's version");
  command->callback([&exit_code] { exit_code = std::puts("shoal " SHOAL_VERSION) < 0 ? 1 : 0; });
}

}  // namespace shoal::tool
