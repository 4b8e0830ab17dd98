// shoal stop: asks a server to end, and waits until it has.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct stop_options : control_options {
  bool now = false;
};

}  // namespace

void add_stop(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<stop_options>();
  CLI::App* const command =
      app.add_subcommand("stop", "Drains a server and waits until it has ended");
  command->add_flag("--now", options->now, "Do not wait for requests that have begun");
  add_control_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = run_control(*options, "POST", options->now ? "/v1/stop?now=1" : "/v1/stop",
                            ends_with::server);
  });
}

}  // namespace shoal::tool
