#include "control_command.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "commands.h"
#include "control_finder.h"
#include "control_output.h"

namespace shoal::tool {
namespace {

int complain(int code, const std::string& why) {
  std::fprintf(stderr, "shoal: %s\n", why.c_str());
  return code;
}

struct node_options : control_options {
  unsigned node = 0;
};

monotonic_time deadline_of(const control_options& options, ends_with end) {
  if (end == ends_with::nothing) return never;
  return read_clock() + nanoseconds(static_cast<std::int64_t>(options.timeout * 1e9));
}

}  // namespace

void add_control_options(CLI::App& command, control_options& options) {
  command
      .add_option("--pid", options.pid,
                  "The server that this process belongs to; else the only one that runs")
      ->type_name("PID");
  command.add_flag("--json", options.json, "Print what the server answers as JSON");
  command
      .add_option("--timeout", options.timeout, "Seconds to wait for the outcome; 60 if not given")
      ->check(CLI::Range(0.01, 86'400.0))
      ->type_name("SECONDS");
}

void add_node_command(CLI::App& app, const char* name, const char* help, const std::string& path,
                      int& exit_code) {
  const auto options = std::make_shared<node_options>();
  CLI::App* const command = app.add_subcommand(name, help);
  command->add_option("NODE", options->node, "Number of the node process")->required();
  add_control_options(*command, *options);
  command->callback([options, path, &exit_code] {
    exit_code = run_control(*options, "POST", path + "?node=" + std::to_string(options->node));
  });
}

int run_control(const control_options& options, const std::string& verb, const std::string& target,
                ends_with end) {
  const auto server = connect_to_server(options.pid);
  if (server.exit_code != exit_ok) return complain(server.exit_code, server.why);
  const control_call call{verb, target, options.json, deadline_of(options, end)};
  control_output out(options.json);
  const auto reply = ask(server.socket, call, [&](int status, std::string_view piece) {
    return out.take(status, piece);
  });
  if (!out.finish()) return exit_failure;
  if (!reply.failure.empty()) return complain(exit_failure, reply.failure);
  if (reply.status != 200) return exit_failure;  // the answer has said why
  if (end == ends_with::server && server.process &&
      !wait_until_readable(server.process.get(), call.deadline)) {
    return complain(exit_failure, "it has not ended in time");
  }
  return exit_ok;
}

}  // namespace shoal::tool
