// shoal bench: what io_uring is worth against epoll on this machine, with bounds.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/answer.h"
#include "bench/bench_run.h"
#include "bench/child_process.h"
#include "bench/commands.h"
#include "bench/contender_spec.h"
#include "bench/cores.h"
#include "bench/file_text.h"
#include "bench/local_host.h"
#include "bench/peer_choice.h"
#include "bench/plan_file.h"
#include "bench/remote_host.h"
#include "bench/spin.h"
#include "commands.h"
#include "io/open.h"
#include "topology/machine.h"

namespace shoal::tool {
namespace {

using bench::bench_run;
using names = std::vector<std::string>;

constexpr int exit_partly = 3;
constexpr int exit_interrupted = 130;

constexpr double much_by_others = 0.05;  // of the machine's time

constexpr const char* footer =
    "Each measurement has a server process of its own on one core and `shoal load` on another; "
    "pairs\n"
    "alternate. --peer takes nginx, haproxy, h2o or node where they are installed, or any "
    "command:\n"
    "NAME='CMD', with {port} for the port that it must listen on.\n"
    "With --server the servers are on another machine, where `shoal bench serve --control` runs.\n"
    "Exit codes: 0 done; 1 nothing could be measured, or the results not be written or the answer\n"
    "printed; 2 wrong usage; 3 some answers were wrong, or it ended early; 130 interrupted. What "
    "was\n"
    "measured is kept.\n\n"
    "  shoal bench --quick\n"
    "  shoal bench --plan mine.toml --out monday --cpus 2,3\n"
    "  shoal bench --peer nginx --peer other='./server --port {port}'\n"
    "  shoal bench --server 10.0.0.1:7077";

struct bench_options {
  bool quick = false;
  bool full = false;
  std::string plan_file;
  std::string out;
  std::string cpus;
  std::string server;
  std::string token;
  names drivers;
  names peers;
};

int complain(const error& e, int code) {
  std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  return code;
}

result<bench::plan> choose_plan(const bench_options& asked, const names& peers,
                                std::size_t server_cores) {
  if (!asked.plan_file.empty()) return bench::load_plan(asked.plan_file);
  if (asked.quick) return bench::quick_plan(peers);
  return asked.full ? bench::full_plan(peers) : bench::standard_plan(peers, server_cores > 1);
}

/// Leaves those points whose contenders are among these drivers, and other programs.
void keep_drivers(const names& drivers, bench::plan& plan) {
  const auto stays = [&](const std::string& contender) {
    const auto who = bench::parse_contender(contender);
    const bool other = !who || (!who.value().ours() && !who.value().cluster());
    return other || std::find(drivers.begin(), drivers.end(), who.value().program) != drivers.end();
  };
  std::erase_if(plan.points, [&](const bench::point& p) { return !stays(p.a) || !stays(p.b); });
}

bool asks_for_uring(const bench::plan& plan) {
  const auto all = bench::contenders_of(plan);
  return std::any_of(all.begin(), all.end(),
                     [](const std::string& name) { return name.starts_with("uring"); });
}

/// Where contenders run, and who takes part beside ours. What is wrong here is the command line's.
struct cast {
  names peers;
  names installed;
  std::vector<bench::peer> known = bench::known_peers();  ///< on this machine
  std::size_t server_cores = 1;
};

result<cast> choose_cast(const bench_options& asked, const bench::remote_host* there,
                         std::size_t server_cores) {
  cast chosen;
  auto peers = there != nullptr ? bench::choose_remote_peers(asked.peers, there->welcome().peers)
                                : bench::choose_peers(asked.peers, chosen.known);
  if (!peers) return peers.error();
  chosen.peers = std::move(peers).value();
  chosen.installed = there != nullptr ? there->welcome().installed : bench::installed_peers();
  chosen.server_cores = there != nullptr ? there->welcome().server_cores : server_cores;
  return chosen;
}

/// Which contenders are left out where they do not start: nobody has asked for them.
names only_welcome(const bench_options& asked, const bench::plan& plan, const names& installed) {
  names all;
  if (!asked.plan_file.empty()) return all;
  if (asked.peers.empty() && !asked.quick) all = installed;
  for (auto& name : bench::kernel_dependent(plan)) all.push_back(std::move(name));
  return all;
}

result<bench_run> understand(const bench_options& asked, const cast& chosen) {
  bench_run run;
  run.directory = asked.out.empty() ? bench::dated_directory("bench") : asked.out;
  run.server = asked.server;
  const bool all = asked.peers.empty() && asked.plan_file.empty() && !asked.quick;
  auto plan = choose_plan(asked, all ? chosen.installed : chosen.peers, chosen.server_cores);
  if (!plan) return plan.error();
  run.what = std::move(plan).value();
  if (!asked.drivers.empty()) keep_drivers(asked.drivers, run.what);
  if (run.what.points.empty()) return error{0, "--driver leaves nothing of the plan to measure"};
  run.welcome = only_welcome(asked, run.what, chosen.installed);
  return run;
}

result<bench::bench_cores> usual_cores(bool generator_alone) {
  const auto machine = topology::read_machine();
  if (!machine) return machine.error();
  const auto able = bench::able_cores();
  if (!generator_alone) return bench::choose_cores(machine.value(), able);
  return bench::bench_cores{{}, bench::choose_own_cores(machine.value(), able)};
}

result<bench::bench_cores> asked_cores(const std::string& text, bool generator_alone) {
  if (!generator_alone) return bench::parse_cores(text, bench::able_cores());
  auto own = bench::parse_range(text, bench::able_cores());
  if (!own) return own.error();
  return bench::bench_cores{{}, std::move(own).value()};
}

/// Without the server's if that is on another machine.
result<bench::bench_cores> settle_cores(const bench_options& asked) {
  const bool alone = !asked.server.empty();
  auto cores = asked.cpus.empty() ? usual_cores(alone) : asked_cores(asked.cpus, alone);
  if (!cores || alone) return cores;
  const auto warning = bench::check_threads(cores.value(), bench::able_cores());
  if (!warning) return warning.error();
  if (!warning.value().empty()) std::fprintf(stderr, "shoal: %s\n", warning.value().c_str());
  return cores;
}

/// What the machines have to say to it.
result<void> settle(const bench::bench_cores& cores, cast&& chosen,
                    std::unique_ptr<bench::remote_host> there, bench_run& run) {
  run.generator_cpus = cores.generator;
  if (there != nullptr) {
    run.host = std::move(there);
    return bench::prepare(run);
  }
  if (asks_for_uring(run.what)) {
    const auto usable = io::choose_driver(io::driver_kind::uring);
    if (!usable) return usable.error();
  }
  run.host = std::make_unique<bench::local_host>(
      bench::field_of_play{.program = bench::own_program(),
                           .server_cpus = cores.server,
                           .steps_in_a_microsecond = bench::steps_in_a_microsecond(),
                           .peers = std::move(chosen.known)});
  return bench::prepare(run);
}

/// The answer, and where the rest of it is.
std::string last_words(const bench_run& run, const bench::bench_end& end) {
  std::string text;
  for (const auto& sentence : bench::answer(end.measured)) text += sentence + "\n";
  if (!end.unwritten.empty()) return text;
  return text + run.directory + "/report.html, and results.json beside it, after " +
         std::to_string(std::lround(end.measured.seconds)) + " s\n";
}

int report(const bench_run& run, const bench::bench_end& end) {
  const auto printed = bench::print(last_words(run, end));
  if (!end.measured.complete) {
    std::fprintf(stderr, "shoal: ended early: %s\n", end.measured.ended_by.c_str());
  }
  if (end.wrong > 0) {
    std::fprintf(stderr, "shoal: %llu answers were wrong or missing; report.html says whose\n",
                 static_cast<unsigned long long>(end.wrong));
  }
  if (end.others > much_by_others) {
    std::fprintf(stderr,
                 "shoal: other programs used %.0f %% of this machine: repeat it when it is calm\n",
                 end.others * 100);
  }
  if (!end.unwritten.empty()) return complain({0, end.unwritten}, exit_failure);
  if (!printed) return complain(printed.error(), exit_failure);
  if (end.how == bench::outcome::interrupted) return exit_interrupted;
  if (end.how == bench::outcome::nothing) return exit_failure;
  const bool all_right = end.how == bench::outcome::done && end.wrong == 0;
  return all_right ? exit_ok : exit_partly;
}

void say_what_comes(const bench_run& run, const bench::bench_cores& cores) {
  const auto server =
      run.server.empty() ? "core " + topology::format_cpu_list(cores.server) : run.server;
  std::fprintf(stderr, "%zu points, at most %.0f s; the server on %s, the generator on core %s\n",
               run.what.points.size(), run.what.budget, server.c_str(),
               topology::format_cpu_list(cores.generator).c_str());
}

int run_bench(const bench_options& asked) {
  const auto cores = settle_cores(asked);
  if (!cores && !asked.cpus.empty()) {
    return complain({0, "--cpus: " + cores.error().message}, exit_usage);
  }
  std::unique_ptr<bench::remote_host> there;
  if (!asked.server.empty()) {
    auto connected = bench::remote_host::connect(asked.server, asked.token);
    if (!connected) return complain(connected.error(), exit_failure);
    there = std::move(connected).value();
  }
  auto chosen = choose_cast(asked, there.get(), cores ? cores.value().server.size() : 1);
  if (!chosen) return complain(chosen.error(), exit_usage);
  auto understood = understand(asked, chosen.value());
  if (!understood) return complain(understood.error(), exit_usage);
  if (!cores) return complain(cores.error(), exit_failure);
  auto& run = understood.value();
  const auto settled = settle(cores.value(), std::move(chosen).value(), std::move(there), run);
  if (!settled) {
    const bool stopped = settled.error().code == EINTR;
    return complain(settled.error(), stopped ? exit_interrupted : exit_failure);
  }
  say_what_comes(run, cores.value());
  const auto end = bench::carry_out(run);
  return end ? report(run, end.value()) : complain(end.error(), exit_failure);
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  const auto asked = std::make_shared<bench_options>();
  CLI::App* const command = app.add_subcommand(
      "bench", "Measures io_uring against epoll on this machine, with bounds, and writes a report");
  command->footer(footer);
  CLI::Option* const quick = command->add_flag("--quick", asked->quick, "At most 90 seconds");
  CLI::Option* const full =
      command->add_flag("--full", asked->full, "An hour instead of ten minutes");
  command->add_option("--plan", asked->plan_file, "What to measure (docs/bench.md)")
      ->type_name("FILE")
      ->excludes(quick)
      ->excludes(full);
  quick->excludes(full);
  command->add_option("--out", asked->out, "For the results [shoal-bench-DATE-TIME]")
      ->type_name("DIR");
  command->add_option("--driver", asked->drivers, "Only these; may be repeated")
      ->type_name("uring|epoll|asio")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"uring", "epoll", "asio"}));
  command->add_option("--peer", asked->peers, "Another program that takes part; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--cpus", asked->cpus,
                   "The server's core and the generator's, or ranges: 0-1,2-3; with --server the "
                   "generator's alone")
      ->type_name("S,G");
  command->add_option("--server", asked->server, "Another machine, where the servers run")
      ->type_name("HOST:PORT");
  command->add_option("--token", asked->token, "That `shoal bench serve --control` there was given")
      ->type_name("TEXT")
      ->envname("SHOAL_BENCH_TOKEN");
  add_bench_compare(*command, exit_code);
  add_bench_explain(*command, exit_code);
  add_bench_serve(*command, exit_code);
  command->callback([asked, command, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = run_bench(*asked);
  });
}

}  // namespace shoal::tool
