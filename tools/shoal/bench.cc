// shoal bench: what io_uring is worth against epoll on this machine, with bounds.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bench/answer.h"
#include "bench/bench_run.h"
#include "bench/commands.h"
#include "bench/contender_spec.h"
#include "bench/file_text.h"
#include "bench/plan_file.h"
#include "commands.h"
#include "io/open.h"

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
    "Exit codes: 0 done; 1 nothing could be measured, or the results not be written or the answer\n"
    "printed; 2 wrong usage; 3 some answers were wrong, or it ended early; 130 interrupted. What "
    "was\n"
    "measured is kept.\n\n"
    "  shoal bench --quick\n"
    "  shoal bench --plan mine.toml --out monday --cpus 2,3\n"
    "  shoal bench --peer nginx --peer other='./server --port {port}'";

struct bench_options {
  bool quick = false;
  bool full = false;
  std::string plan_file;
  std::string out;
  std::string cpus;
  names drivers;
  names peers;
};

int complain(const error& e, int code) {
  std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  return code;
}

/// A name is what a plan and a report call it.
result<void> check_name(const std::string& name, const std::vector<bench::peer>& known) {
  const auto is_it = [&](const bench::peer& p) { return p.name == name; };
  if (std::any_of(known.begin(), known.end(), is_it)) {
    return error{0, "--peer " + name + "=: that name is taken; choose another"};
  }
  const auto words = bench::parse_contender(name);
  if (words && !words.value().ours() && words.value().program == name) return {};
  return error{0, "--peer " + name + "=: must be one word, and none of uring, epoll, asio"};
}

/// Those that were asked for by name, or by name and command. `known` gets the latter.
result<names> asked_peers(const bench_options& asked, std::vector<bench::peer>& known) {
  names all;
  for (const auto& text : asked.peers) {
    bench::peer given;
    if (bench::parse_peer(text, given)) {
      if (const auto good = check_name(given.name, known); !good) return good.error();
      all.push_back(given.name);
      known.push_back(std::move(given));
      continue;
    }
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const bench::peer& p) { return p.name == text; });
    if (found == known.end()) {
      return error{0, "--peer " + text + ": must be nginx, haproxy, h2o or node, or NAME='CMD'"};
    }
    if (bench::find_program(found->words.front()).empty()) {
      return error{0, "--peer " + text + ": it is not installed"};
    }
    all.push_back(text);
  }
  return all;
}

result<bench::plan> choose_plan(const bench_options& asked, const names& peers) {
  if (!asked.plan_file.empty()) return bench::load_plan(asked.plan_file);
  if (asked.quick) return bench::quick_plan(peers);
  return asked.full ? bench::full_plan(peers) : bench::standard_plan(peers);
}

/// Leaves those points whose contenders are among these drivers, and other programs.
void keep_drivers(const names& drivers, bench::plan& plan) {
  const auto stays = [&](const std::string& contender) {
    const auto who = bench::parse_contender(contender);
    return !who || !who.value().ours() ||
           std::find(drivers.begin(), drivers.end(), who.value().program) != drivers.end();
  };
  std::erase_if(plan.points, [&](const bench::point& p) { return !stays(p.a) || !stays(p.b); });
}

bool asks_for_uring(const bench::plan& plan) {
  const auto all = bench::contenders_of(plan);
  return std::any_of(all.begin(), all.end(),
                     [](const std::string& name) { return name.starts_with("uring"); });
}

/// Everything but what takes a look at the machine: what is wrong here is the command line's.
result<bench_run> understand(const bench_options& asked) {
  bench_run run;
  run.directory = asked.out.empty() ? bench::dated_directory("bench") : asked.out;
  run.peers = bench::known_peers();
  auto peers = asked_peers(asked, run.peers);
  if (!peers) return peers.error();
  if (asked.peers.empty() && asked.plan_file.empty() && !asked.quick) {
    run.welcome = bench::installed_peers();
    peers = run.welcome;
  }
  auto plan = choose_plan(asked, peers.value());
  if (!plan) return plan.error();
  run.what = std::move(plan).value();
  if (!asked.drivers.empty()) keep_drivers(asked.drivers, run.what);
  if (run.what.points.empty()) return error{0, "--driver leaves nothing of the plan to measure"};
  if (!asked.cpus.empty()) {
    const auto cores = bench::parse_cores(asked.cpus, bench::able_cores());
    if (!cores) return error{0, "--cpus " + cores.error().message};
    run.cores = cores.value();
  }
  return run;
}

/// What the machine has to say to it.
result<void> settle(const bench_options& asked, bench_run& run) {
  if (asked.cpus.empty()) {
    const auto machine = topology::read_machine();
    if (!machine) return machine.error();
    const auto cores = bench::choose_cores(machine.value(), bench::able_cores());
    if (!cores) return cores.error();
    run.cores = cores.value();
  }
  if (asks_for_uring(run.what)) {
    const auto chosen = io::choose_driver(io::driver_kind::uring);
    if (!chosen) return chosen.error();
  }
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

int run_bench(const bench_options& asked) {
  auto understood = understand(asked);
  if (!understood) return complain(understood.error(), exit_usage);
  auto& run = understood.value();
  if (const auto settled = settle(asked, run); !settled) {
    const bool stopped = settled.error().code == EINTR;
    return complain(settled.error(), stopped ? exit_interrupted : exit_failure);
  }
  std::fprintf(stderr,
               "%zu points, at most %.0f s; the server on core %u, the generator on core %u\n",
               run.what.points.size(), run.what.budget, run.cores.server, run.cores.generator);
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
  command->add_option("--cpus", asked->cpus, "The server's core and the generator's")
      ->type_name("S,G");
  add_bench_compare(*command, exit_code);
  add_bench_explain(*command, exit_code);
  add_bench_serve(*command, exit_code);
  command->callback([asked, command, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = run_bench(*asked);
  });
}

}  // namespace shoal::tool
