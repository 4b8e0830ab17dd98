// shoal events: what has happened to a server's processes lately.
#include <CLI/CLI.hpp>
#include <memory>

#include "commands.h"
#include "control_command.h"

namespace shoal::tool {
namespace {

struct events_options : control_options {
  bool follow = false;
};

}  // namespace

void add_events(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<events_options>();
  CLI::App* const command =
      app.add_subcommand("events", "Shows what has happened to a server's processes lately");
  command->add_flag("--follow", options->follow, "And what happens from now on, until it ends");
  add_control_options(*command, *options);
  command->callback([options, &exit_code] {
    exit_code = options->follow
                    ? run_control(*options, "GET", "/v1/events?follow=1", ends_with::nothing)
                    : run_control(*options, "GET", "/v1/events");
  });
}

}  // namespace shoal::tool
