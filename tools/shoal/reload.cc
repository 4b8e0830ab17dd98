// shoal reload: new processes beside the old ones, and then in their place.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_reload(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<control_options>();
  CLI::App* const command =
      app.add_subcommand("reload", "Replaces all node processes; no connection is closed");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "POST", "/v1/reload"); });
}

}  // namespace shoal::tool
