// shoal numa: what memory, hand-offs and placement cost on this machine, and what to run on it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_run.h"
#include "bench/cores.h"
#include "bench/file_text.h"
#include "commands.h"
#include "numa/commands.h"
#include "numa/numa_run.h"
#include "numa/summary.h"

namespace shoal::tool {
namespace {

using numa::ending;
using numa::numa_run;

constexpr int exit_partly = 3;
constexpr int exit_interrupted = 130;

constexpr double much_by_others = 0.05;  // of the machine's time

constexpr const char* footer =
    "Three parts: latency and bandwidth of memory by node and working set; a cache line and a wake "
    "from\n"
    "core to core; and the same load on a server that is placed one way and another.\n"
    "Exit codes: 0 done; 1 nothing could be measured, or the results not be written; 2 wrong "
    "usage;\n"
    "3 some answers were wrong, or it ended early; 130 interrupted. What was measured is kept.\n\n"
    "  shoal numa\n"
    "  shoal numa --only memory --cpus 0-7\n"
    "  shoal numa --full --out monday";

struct numa_options {
  bool quick = false;
  bool full = false;
  std::string out;
  std::string cpus;
  std::vector<std::string> only;
};

int complain(const error& e, int code) {
  std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  return code;
}

numa::plan plan_of(const numa_options& asked) {
  auto plan = asked.full ? numa::full_plan() : numa::quick_plan();
  if (asked.only.empty()) return plan;
  const auto has = [&](const char* part) {
    return std::find(asked.only.begin(), asked.only.end(), part) != asked.only.end();
  };
  plan.memory = has("memory");
  plan.handoff = has("handoff");
  plan.server = has("server");
  return plan;
}

/// What is wrong here is the command line's.
result<numa_run> understand(const numa_options& asked) {
  numa_run run{.what = plan_of(asked),
               .cores = bench::able_cores(),
               .directory = asked.out.empty() ? bench::dated_directory("numa") : asked.out};
  if (asked.cpus.empty()) return run;
  const auto cores = topology::parse_cpu_list(asked.cpus);
  if (!cores || cores->empty()) {
    return error{0, "--cpus " + asked.cpus + ": must be a list of cores, such as 0-3,8"};
  }
  if (topology::intersect(*cores, run.cores) != *cores) {
    return error{0, "--cpus " + asked.cpus + ": this process may run on " +
                        topology::format_cpu_list(run.cores) + " alone"};
  }
  run.cores = *cores;
  return run;
}

int report(const numa_run& run, const numa::numa_end& end) {
  std::string text = to_text(end.found);
  if (end.unwritten.empty()) {
    text += run.directory + "/report.html, and results.json beside it, after " +
            std::to_string(std::lround(end.found.seconds)) + " s\n";
  }
  const auto printed = bench::print(text);
  if (!end.found.complete) {
    std::fprintf(stderr, "shoal: ended early: %s\n", end.found.ended_by.c_str());
  }
  if (end.wrong > 0) {
    std::fprintf(stderr, "shoal: %llu answers were wrong or missing\n",
                 static_cast<unsigned long long>(end.wrong));
  }
  if (end.found.others > much_by_others) {
    std::fprintf(stderr,
                 "shoal: other programs used %.0f %% of this machine: repeat it when it is calm\n",
                 end.found.others * 100);
  }
  if (!end.unwritten.empty()) return complain({0, end.unwritten}, exit_failure);
  if (!printed) return complain(printed.error(), exit_failure);
  if (end.how == ending::interrupted) return exit_interrupted;
  if (end.how == ending::nothing) return exit_failure;
  return end.how == ending::done && end.wrong == 0 ? exit_ok : exit_partly;
}

int run_numa(const numa_options& asked) {
  const auto run = understand(asked);
  if (!run) return complain(run.error(), exit_usage);
  const auto end = numa::carry_out(run.value());
  return end ? report(run.value(), end.value()) : complain(end.error(), exit_failure);
}

}  // namespace

void add_numa(CLI::App& app, int& exit_code) {
  const auto asked = std::make_shared<numa_options>();
  CLI::App* const command = app.add_subcommand(
      "numa", "Measures memory, hand-offs and placement on this machine, and says what to run");
  command->footer(footer);
  CLI::Option* const quick =
      command->add_flag("--quick", asked->quick, "Below two minutes; the default");
  command->add_flag("--full", asked->full, "About ten minutes")->excludes(quick);
  command->add_option("--only", asked->only, "Only this part; may be repeated")
      ->type_name("memory|handoff|server")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"memory", "handoff", "server"}));
  command->add_option("--out", asked->out, "For the results [shoal-numa-DATE-TIME]")
      ->type_name("DIR");
  command->add_option("--cpus", asked->cpus, "Cores that may be used [all that it may]")
      ->type_name("LIST");
  add_numa_serve(*command, exit_code);
  command->callback([asked, command, &exit_code] {
    if (command->get_subcommands().empty()) exit_code = run_numa(*asked);
  });
}

}  // namespace shoal::tool
