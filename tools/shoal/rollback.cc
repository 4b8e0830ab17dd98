// shoal rollback: the program from before the last upgrade, again.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_rollback(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<control_options>();
  CLI::App* const command = app.add_subcommand(
      "rollback",
      "Puts the program from before the last upgrade in place again; no connection is closed");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "POST", "/v1/rollback"); });
}

}  // namespace shoal::tool
