// shoal processes: what a server's supervisor knows about its node processes.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_processes(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<control_options>();
  CLI::App* const command =
      app.add_subcommand("processes", "Shows the node processes of a server, and its reloads");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "GET", "/v1/status"); });
}

}  // namespace shoal::tool
