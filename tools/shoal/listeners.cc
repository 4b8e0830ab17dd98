// shoal listeners: what a server listens on, and who waits there.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_listeners(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<control_options>();
  CLI::App* const command = app.add_subcommand("listeners", "Shows what a server listens on");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "GET", "/v1/listeners"); });
}

}  // namespace shoal::tool
