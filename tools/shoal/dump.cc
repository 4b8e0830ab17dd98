// shoal dump: all that can be seen of a server from outside, for a report of what is wrong with it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "commands.h"
#include "control_client.h"
#include "control_finder.h"
#include "dump_report.h"
#include "shm/load_finder.h"

namespace shoal::tool {
namespace {

constexpr const char* footer =
    "It asks nothing of workers, and goes on without the supervisor if that does not answer in "
    "time.\n"
    "As root it shows what each thread does in the kernel.\n\n"
    "  shoal dump > what-is-wrong.json";

/// JSON, or why there is none.
dump_part ask_for(std::optional<std::uint64_t> pid, const std::string& target, double seconds) {
  const auto server = connect_to_server(pid);
  if (server.exit_code != exit_ok) return {.failure = server.why};
  dump_part out;
  const auto deadline = read_clock() + nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  const auto reply =
      ask(server.socket, {"GET", target, true, deadline}, [&](int, std::string_view piece) {
        out.json += piece;
        return true;
      });
  out.failure = reply.failure;
  return out;
}

/// The supervisor, and whoever has a worker.
std::vector<std::uint64_t> processes_of(const server_report& server) {
  std::vector<std::uint64_t> all{server.supervisor_pid};
  for (const auto& worker : server.workers) all.push_back(worker.slot.pid);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  std::erase(all, 0U);
  return all;
}

}  // namespace

void add_dump(CLI::App& app, int& exit_code) {
  struct dump_options {
    std::optional<std::uint64_t> pid;
    double timeout = 5;
  };
  const auto options = std::make_shared<dump_options>();
  CLI::App* const command =
      app.add_subcommand("dump", "Prints all that can be seen of a server, as JSON, for a report");
  command->footer(footer);
  command
      ->add_option("--pid", options->pid,
                   "The server that this process belongs to; else the only one that runs")
      ->type_name("PID");
  command
      ->add_option("--timeout", options->timeout,
                   "Seconds to wait for the supervisor; 5 if not given")
      ->check(CLI::Range(0.01, 86'400.0))
      ->type_name("SECONDS");
  command->callback([options, &exit_code] {
    const auto servers = describe(shm::find_load_segments(), options->pid);
    if (servers.size() != 1) {
      std::fputs(servers.empty() ? "shoal: no shoal server is running (for this user)\n"
                                 : "shoal: several servers run; --pid PID says which\n",
                 stderr);
      exit_code = servers.empty() ? exit_no_server : exit_usage;
      return;
    }
    const auto pid = servers.front().supervisor_pid;
    dump_facts facts{.server = servers.front()};
    facts.supervisor = ask_for(pid, "/v1/status", options->timeout);
    facts.listeners = ask_for(pid, "/v1/listeners", options->timeout);
    facts.events = ask_for(pid, "/v1/events", options->timeout);
    facts.threads = look_at_threads(processes_of(servers.front()));
    const auto text = to_json(facts) + "\n";
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    exit_code = written ? exit_ok : exit_failure;
  });
}

}  // namespace shoal::tool
