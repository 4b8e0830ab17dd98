// shoal scale: fewer workers serve, or more again.
#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct scale_options : control_options {
  unsigned workers = 0;
};

}  // namespace

void add_scale(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<scale_options>();
  CLI::App* const command = app.add_subcommand(
      "scale", "Has so many workers serve; the others rest, and their connections go on elsewhere");
  command
      ->add_option("WORKERS", options->workers,
                   "How many, in the whole cluster: from 1 to as many as it was started with")
      ->required();
  add_control_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code =
        run_control(*options, "POST", "/v1/scale?workers=" + std::to_string(options->workers));
  });
}

}  // namespace shoal::tool
