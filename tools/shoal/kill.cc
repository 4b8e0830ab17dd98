// shoal kill: for a node process that is beyond asking.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct kill_options : control_options {
  unsigned node = 0;
};

}  // namespace

void add_kill(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<kill_options>();
  CLI::App* const command =
      app.add_subcommand("kill", "Kills one node process (SIGKILL) and waits for the next");
  command->add_option("NODE", options->node, "Number of the node process")->required();
  add_control_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_control(*options, "POST", "/v1/kill?node=" + std::to_string(options->node));
  });
}

}  // namespace shoal::tool
