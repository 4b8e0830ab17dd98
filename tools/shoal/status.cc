// shoal status: who runs, and how every worker is. It reads shared memory and /proc alone, so it
// answers also while all workers are stuck. With --numa it asks the supervisor, at its socket.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "commands.h"
#include "control_command.h"
#include "shm/load_finder.h"
#include "status_report.h"

namespace shoal::tool {
namespace {

struct status_options {
  bool json = false;
  std::optional<std::uint64_t> pid;
  bool numa = false;
};

int run_status(const status_options& options) {
  if (options.numa) {
    return run_control({.pid = options.pid, .json = options.json}, "GET", "/v1/numa");
  }
  const shm::found_segments found = shm::find_load_segments();
  const std::vector<server_report> servers = describe(found, options.pid);
  const std::string text = options.json ? to_json(servers) + "\n" : to_table(servers);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) return exit_failure;
  for (const error& e : found.refused) std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  if (!servers.empty()) return exit_ok;
  if (options.pid) {
    std::fprintf(stderr, "no shoal server has a process %ju (for this user)\n",
                 static_cast<std::uintmax_t>(*options.pid));
    return exit_no_server;
  }
  if (!found.refused.empty()) return exit_failure;
  std::fputs("no shoal server is running (for this user)\n", stderr);
  return exit_no_server;
}

}  // namespace

void add_status(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<status_options>();
  CLI::App* const command = app.add_subcommand("status", "Shows the workers of running servers");
  command->add_flag("--json", options->json, "Print JSON and no table");
  command->add_option("--pid", options->pid, "Only the server that this process belongs to")
      ->type_name("PID");
  command->add_flag("--numa", options->numa,
                    "Where the pages of node processes lie and where workers run, by NUMA node; "
                    "asks the supervisor");
  command->callback([options, &exit_code] { exit_code = run_status(*options); });
}

}  // namespace shoal::tool
