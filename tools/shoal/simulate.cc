// shoal simulate: which policy, and how many workers, before there is a machine to try it on.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "dispatch/simulation.h"
#include "simulate_report.h"

namespace shoal::tool {
namespace {

using dispatch::choice;
using dispatch::forecast;
using dispatch::policy_kind;
using dispatch::takeover;

struct simulate_options {
  dispatch::simulation_setup setup{.workers = 8};
  std::string mix = "0.95:0.05ms,0.05:20ms";
  double load = 0.6;
  double per_second = 0;
  std::vector<policy_kind> policies = {policy_kind::round_robin, policy_kind::random,
                                       policy_kind::power_of_two, policy_kind::least_loaded,
                                       policy_kind::least_connections};
  bool json = false;
};

constexpr std::string_view footer =
    "Latency counts from the moment a request was meant to arrive. `light` is the kind of the mix\n"
    "that takes the least time, `spread` the busiest worker's load over the average.\n\n"
    "  shoal simulate --mix b1 --load 0.8 --workers 64\n"
    "  shoal simulate --connections 64 --rate 2000 --moves lend\n"
    "  shoal simulate --report-age 10ms --no-increment    why stale reports herd\n";

[[noreturn]] void refuse(std::string_view option, std::string_view why) {
  throw CLI::ValidationError(std::string(option), std::string(why));
}

/// An option whose text becomes a T by `parse`, or the error that it gives.
template <typename T, typename Parse>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, T& out, Parse parse,
                        const std::string& help, const std::string& type) {
  const auto take = [name, &out, parse](const std::string& text) {
    const result<T> parsed = parse(text);
    if (!parsed) refuse(name, parsed.error().message);
    out = parsed.value();
  };
  return command.add_option_function<std::string>(name, take, help)->type_name(type);
}

result<double> parse_age(std::string_view text) {
  if (text == "0") return 0.0;
  return dispatch::parse_milliseconds(text);
}

/// The one of `all` that has this name.
template <typename Kind, std::size_t N>
auto parse_name(const Kind (&all)[N], std::string_view must_be) {
  return [&all, must_be](std::string_view text) -> result<Kind> {
    for (const Kind each : all) {
      if (text == name_of(each)) return each;
    }
    return error{0, '"' + std::string(text) + "\" must be " + std::string(must_be)};
  };
}

constexpr choice choices[] = {choice::own, choice::idle, choice::turns};
constexpr takeover takeovers[] = {takeover::off, takeover::lend, takeover::keep};
constexpr forecast forecasts[] = {forecast::count, forecast::average, forecast::oracle};

result<std::vector<policy_kind>> parse_policies(std::string_view text) {
  std::vector<policy_kind> kinds;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    const auto kind = dispatch::parse_policy(name);
    if (kind == policy_kind::kernel) {
      return error{0, "nobody here decides for kernel; its hash is random with a key"};
    }
    if (!kind) {
      return error{0,
                   '"' + std::string(name) + "\" must be " + std::string(dispatch::policy_names())};
    }
    kinds.push_back(*kind);
    begin = end + 1;
  }
  return kinds;
}

void add_what_comes(CLI::App& command, simulate_options& o) {
  command.add_option("--mix", o.mix, "SHARE:TIME,... or exp, b1, b2 (docs/why/dispatch.md)")
      ->type_name("MIX")
      ->capture_default_str();
  CLI::Option* const rate = command.add_option("--rate", o.per_second, "Requests a second")
                                ->type_name("N")
                                ->check(CLI::PositiveNumber);
  command.add_option("--load", o.load, "Instead of a rate: the part of the time workers are busy")
      ->type_name("SHARE")
      ->check(CLI::Range(0.01, 2.0))
      ->excludes(rate)
      ->capture_default_str();
  command.add_option("--burst", o.setup.burst, "So many requests arrive together")
      ->type_name("N")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  command
      .add_option("--connections", o.setup.connections,
                  "Kept alive, each with its worker; 0: a connection for each request")
      ->type_name("N")
      ->check(CLI::Range(0U, 1'000'000U))
      ->capture_default_str();
  add_parsed(command, "--choice", o.setup.client, parse_name(choices, "own, idle or turns"),
             "Which of them a request takes: own (any), idle (of a pool), turns", "NAME");
  command
      .add_option("--requests-per-connection", o.setup.requests_per_connection,
                  "Then another takes its place; 0: never")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--hot-share", o.setup.hot_share, "This part of the connections is hotter")
      ->type_name("SHARE")
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--hot-factor", o.setup.hot_factor, "... and sends so much more")
      ->type_name("FACTOR")
      ->check(CLI::Range(1.0, 1e6));
}

void add_who_serves(CLI::App& command, simulate_options& o) {
  command.add_option("--workers", o.setup.workers, "Workers")
      ->type_name("N")
      ->check(CLI::Range(1U, 4096U))
      ->capture_default_str();
  add_parsed(command, "--policy", o.policies, parse_policies,
             "Which, in which order (" + std::string(dispatch::policy_names()) + ")", "NAME,...");
  add_parsed(command, "--report-age", o.setup.report_age_ms, parse_age,
             "Time between two reports of load; 0: reports are true at any time", "TIME");
  command.add_flag("--no-increment{false}", o.setup.count_given,
                   "The chooser forgets what it gave since the last report");
  add_parsed(command, "--stall", o.setup.stall_ms, parse_age,
             "A worker in a longer turn gets nothing while others can; 0: no limit", "TIME");
  add_parsed(command, "--forecast", o.setup.what_is_said,
             parse_name(forecasts, "count, average or oracle"),
             "What workers report: count (of requests), average (their own), oracle", "NAME");
  command.add_option("--memory", o.setup.memory, "... over so many requests")
      ->type_name("N")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  add_parsed(command, "--moves", o.setup.moves, parse_name(takeovers, "off, lend or keep"),
             "Idle workers serve what waits for a worker whose turn lasts: off, lend, keep",
             "NAME");
  add_parsed(command, "--lend-after", o.setup.lend_after_ms, dispatch::parse_milliseconds,
             "... longer than this [1ms]", "TIME");
  add_parsed(command, "--move-cost", o.setup.move_cost_ms, parse_age,
             "... which costs them so much each time [20us]", "TIME");
  command
      .add_option("--batch", o.setup.batch,
                  "A worker takes so many connections in hand at most; 0: all that wait")
      ->type_name("N")
      ->capture_default_str();
}

int run_simulate(const simulate_options& o) {
  const auto mix = dispatch::service_mix::parse(o.mix);
  if (!mix) refuse("--mix", mix.error().message);
  simulation_report report{.setup = o.setup, .mix = o.mix};
  report.setup.mix = mix.value();
  report.setup.requests_per_ms =
      o.per_second > 0 ? o.per_second / 1000 : o.load * o.setup.workers / mix.value().mean_ms();
  report.figures.push_back({std::nullopt, simulate(report.setup, std::nullopt)});
  for (const policy_kind kind : o.policies) {
    report.figures.push_back({kind, simulate(report.setup, kind)});
  }
  const std::string text = o.json ? to_json(report) + "\n" : to_table(report);
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? exit_ok : exit_failure;
}

}  // namespace

void add_simulate(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<simulate_options>();
  CLI::App* const command = app.add_subcommand(
      "simulate", "Compares policies on a virtual cluster with the central queue");
  command->footer(std::string(footer));
  add_what_comes(*command, *options);
  add_who_serves(*command, *options);
  command->add_option("--requests", options->setup.requests, "How many to simulate")
      ->type_name("N")
      ->check(CLI::Range(1000ULL, 50'000'000ULL))
      ->capture_default_str();
  command->add_option("--seed", options->setup.seed, "Another one, other draws")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON and no table");
  command->callback([options, &exit_code] { exit_code = run_simulate(*options); });
}

}  // namespace shoal::tool
