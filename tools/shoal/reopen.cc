// shoal reopen: after somebody has moved the access log.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {

void add_reopen(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<control_options>();
  CLI::App* const command = app.add_subcommand("reopen", "Opens the access log again");
  add_control_options(*command, *options);
  command->callback(
      [options, &exit_code] { exit_code = run_control(*options, "POST", "/v1/reopen"); });
}

}  // namespace shoal::tool
