// shoal bench compare: whether two results differ by more than chance, for people, CI and tuners.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "bench/change_report.h"
#include "bench/commands.h"
#include "bench/file_text.h"
#include "bench/results_json.h"

namespace shoal::tool {
namespace {

using bench::change_options;
using bench::change_report;
using bench::results;

constexpr int exit_same = 0;
constexpr int exit_failure = 1;
constexpr int exit_regression = 3;

struct compare_options {
  std::string before;
  std::string after;
  change_options change;
  bool json = false;
};

int run_compare(const compare_options& o) {
  const result<results> before = bench::read_results(o.before);
  const result<results> after = bench::read_results(o.after);
  for (const auto* each : {&before, &after}) {
    if (!each->ok()) std::fprintf(stderr, "shoal: %s\n", each->error().message.c_str());
  }
  if (!before || !after) return exit_failure;
  const change_report report{
      o.before, before.value(),
      o.after,  after.value(),
      o.change, bench::changes_between(before.value(), after.value(), o.change)};
  if (report.found.compared() == 0) {
    std::fprintf(stderr,
                 "shoal: no figure is in both %s and %s: compare two runs of one plan, with the "
                 "same contenders\n",
                 o.before.c_str(), o.after.c_str());
    return exit_failure;
  }
  const std::string text = o.json ? bench::to_json(report) + "\n" : bench::to_text(report);
  if (const auto printed = bench::print(text); !printed) {
    std::fprintf(stderr, "shoal: %s\n", printed.error().message.c_str());
    return exit_failure;
  }
  return report.found.regressions() > 0 ? exit_regression : exit_same;
}

}  // namespace

void add_bench_compare(CLI::App& bench, int& exit_code) {
  const auto options = std::make_shared<compare_options>();
  CLI::App* const command =
      bench.add_subcommand("compare", "Whether two results differ by more than chance");
  command->footer(
      "What is compared is the ratio a : b within pairs, since a machine drifts between two runs\n"
      "and both contenders drift alike; --levels adds what each reaches by itself.\n"
      "Exit codes: 0 no regression, 1 cannot read, compare or print, 2 wrong usage, 3 a\n"
      "regression beyond the bound, with all of its 95 % interval.\n\n"
      "  shoal bench compare before/results.json after/results.json --bound 5");
  command->add_option("A", options->before, "results.json of the run before")
      ->required()
      ->type_name("FILE");
  command->add_option("B", options->after, "... and of the run after")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--bound", options->change.bound_percent,
                   "A regression is worse by so many percent")
      ->type_name("PERCENT")
      ->check(CLI::Range(0.0, 99.0))
      ->capture_default_str();
  command->add_flag("--levels", options->change.levels,
                    "Each contender's own figures too: two runs of one hour on one machine");
  command->add_flag("--json", options->json, "Print JSON and no table");
  command->callback([options, &exit_code] { exit_code = run_compare(*options); });
}

}  // namespace shoal::tool
