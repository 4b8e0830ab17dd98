// shoal bench serve: the measured server by itself, for a look at it and for other generators; and
// the agent that starts such servers for a generator on another machine.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "bench/agent.h"
#include "bench/commands.h"
#include "bench/cores.h"
#include "bench/peer_choice.h"
#include "bench/serve.h"
#include "bench/serve_cluster.h"
#include "bench/spin.h"
#include "io/uring_features.h"
#include "topology/machine.h"

namespace shoal::tool {
namespace {

using namespace bench;

constexpr int exit_done = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

constexpr const char* footer =
    "Prints {\"port\":N,\"pid\":N,\"driver\":\"NAME\"} once it accepts, and serves until it is "
    "ended.\n"
    "GET /plaintext, /bytes/N, /spin/US (computes for so many microseconds) and /counters.\n"
    "With --dispatch it is a cluster of --workers instead, without /counters.\n\n"
    "With --control it serves nothing by itself: it starts the contenders of `shoal bench "
    "--server`,\n"
    "which runs on another machine and asks for them. Whoever reaches that port may do so: for "
    "networks\n"
    "that you trust. A port alone is 127.0.0.1's; other addresses have to be named.\n\n"
    "  shoal bench serve --driver epoll --cpu 0 --port 8080\n"
    "  shoal bench serve --without multishot-receive --without registered-ring\n"
    "  shoal bench serve --with zero-copy-send\n"
    "  shoal bench serve --dispatch handoff --workers 2 --cpu 0-1\n"
    "  shoal bench serve --control 10.0.0.1:7077     then, elsewhere: shoal bench --server "
    "10.0.0.1:7077";

struct serve_flags {
  serve_options serve;
  std::string cpus;
  std::string control;
  std::string token;
  std::vector<std::string> peers;
};

int complain(const std::string& what, int code) {
  std::fprintf(stderr, "shoal: %s\n", what.c_str());
  return code;
}

std::vector<std::string> names_of(std::span<const io::uring_feature_name> features) {
  std::vector<std::string> names;
  for (const auto& each : features) names.emplace_back(each.name);
  return names;
}

/// "7077" is 127.0.0.1:7077: nobody shall listen to a network without having said so.
std::string control_address(const std::string& text) {
  return text.find(':') == std::string::npos ? "127.0.0.1:" + text : text;
}

int run_control(const serve_flags& asked) {
  agent_options agent{.control = control_address(asked.control), .token = asked.token};
  agent.field.peers = known_peers();
  auto given = choose_peers(asked.peers, agent.field.peers);
  if (!given) return complain(given.error().message, exit_usage);
  agent.given = std::move(given).value();
  agent.field.program = own_program();
  agent.field.server_cpus = asked.serve.cpus;
  if (agent.field.server_cpus.empty()) {
    const auto machine = topology::read_machine();
    if (!machine) return complain(machine.error().message, exit_failure);
    agent.field.server_cpus = choose_own_cores(machine.value(), able_cores());
  }
  agent.field.steps_in_a_microsecond = asked.serve.steps_in_a_microsecond > 0
                                           ? asked.serve.steps_in_a_microsecond
                                           : steps_in_a_microsecond();
  const auto ended = run_agent(agent);
  return ended ? exit_done : complain(ended.error().message, exit_failure);
}

int run_serve(serve_flags& asked) {
  auto& serve = asked.serve;
  if (!asked.cpus.empty()) {
    const auto cpus = topology::parse_cpu_list(asked.cpus);
    if (!cpus || cpus->empty()) {
      return complain("--cpu '" + asked.cpus + "' is no list like 1 or 2-3,6", exit_usage);
    }
    serve.cpus = *cpus;
  }
  if (!asked.control.empty()) return run_control(asked);
  const bool uring_alone =
      serve.dispatch.empty() && (serve.driver.empty() || serve.driver == "uring");
  if (!(serve.without.empty() && serve.with.empty()) && !uring_alone) {
    return complain("--with and --without are about features of uring, in a server of one worker",
                    exit_usage);
  }
  if (!serve.dispatch.empty()) return serve_cluster(serve);
  return complain(bench::serve(serve).error().message, exit_failure);
}

}  // namespace

void add_bench_serve(CLI::App& bench, int& exit_code) {
  const auto asked = std::make_shared<serve_flags>();
  auto& serve = asked->serve;
  CLI::App* const command = bench.add_subcommand(
      "serve", "The server that is measured, or what starts it for another machine");
  command->footer(footer);
  CLI::Option* const driver =
      command->add_option("--driver", serve.driver, "What moves the bytes [uring; a cluster: auto]")
          ->type_name("uring|epoll|asio")
          ->check(CLI::IsMember({"uring", "epoll", "asio"}));
  command->add_option("--cpu", asked->cpus, "Core that it is pinned to; of a cluster, several")
      ->type_name("N");
  CLI::Option* const address =
      command->add_option("--address", serve.address, "That it listens on, IPv4")
          ->type_name("ADDR")
          ->capture_default_str();
  CLI::Option* const port = command->add_option("--port", serve.port, "0: one that is free")
                                ->type_name("N")
                                ->capture_default_str();
  CLI::Option* const without =
      command
          ->add_option("--without", serve.without,
                       "A feature that uring goes without; may be repeated")
          ->type_name("FEATURE")
          ->allow_extra_args(false)
          ->check(CLI::IsMember(names_of(io::uring_feature_names)));
  CLI::Option* const with =
      command
          ->add_option("--with", serve.with,
                       "A feature that uring uses only where asked to; may be repeated")
          ->type_name("FEATURE")
          ->allow_extra_args(false)
          ->check(CLI::IsMember(names_of(io::uring_extra_names)));
  CLI::Option* const slower =
      command
          ->add_option("--slower", serve.slower_percent,
                       "So much more CPU time than it takes: for tests of what measures it")
          ->type_name("PERCENT")
          ->check(CLI::Range(0, 1000));
  CLI::Option* const batches =
      command->add_flag("--batches", serve.batches, "Count turns by their outcomes, for /counters");
  command
      ->add_option("--steps", serve.steps_in_a_microsecond,
                   "Of /spin/US, in a microsecond; measured at the start if not given")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  CLI::Option* const dispatch =
      command
          ->add_option("--dispatch", serve.dispatch,
                       "A cluster whose connections find their workers so (docs/dispatch.md)")
          ->type_name("NAME")
          ->check(CLI::IsMember({"ebpf", "cbpf", "handoff", "reuseport", "shared"}))
          ->excludes(slower)
          ->excludes(batches);
  CLI::Option* const workers = command->add_option("--workers", serve.workers, "Of that cluster")
                                   ->type_name("N")
                                   ->check(CLI::Range(1, 4096))
                                   ->capture_default_str()
                                   ->needs(dispatch);
  CLI::Option* const control =
      command
          ->add_option("--control", asked->control,
                       "Start contenders for another machine that asks for them here")
          ->type_name("ADDR:PORT");
  for (CLI::Option* const each :
       {driver, address, port, without, with, slower, batches, dispatch, workers}) {
    control->excludes(each);
  }
  command->add_option("--peer", asked->peers, "A program that it may start, too; may be repeated")
      ->type_name("NAME='CMD'")
      ->allow_extra_args(false)
      ->needs(control);
  command->add_option("--token", asked->token, "That `shoal bench` there must know as well")
      ->type_name("TEXT")
      ->envname("SHOAL_BENCH_TOKEN");
  command->callback([asked, &exit_code] { exit_code = run_serve(*asked); });
}

}  // namespace shoal::tool
