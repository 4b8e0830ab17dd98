// shoal restart: one node process is replaced as in a reload.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct restart_options : control_options {
  unsigned node = 0;
};

}  // namespace

void add_restart(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<restart_options>();
  CLI::App* const command =
      app.add_subcommand("restart", "Replaces one node process; no connection is closed");
  command->add_option("NODE", options->node, "Number of the node process")->required();
  add_control_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_control(*options, "POST", "/v1/restart?node=" + std::to_string(options->node));
  });
}

}  // namespace shoal::tool
