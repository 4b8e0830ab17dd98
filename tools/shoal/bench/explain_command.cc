// shoal bench explain: for one load, where each request's time goes, by driver.
#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/commands.h"
#include "bench/cores.h"
#include "bench/explain.h"
#include "bench/file_text.h"
#include "bench/interrupts.h"
#include "bench/local_host.h"
#include "bench/machine_costs.h"
#include "bench/measure.h"
#include "bench/plan.h"
#include "bench/spin.h"

namespace shoal::tool {
namespace {

using namespace bench;

constexpr int exit_done = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;
constexpr int exit_wrong = 3;
constexpr int exit_interrupted = 130;

constexpr const char* footer =
    "One measurement of each: a look inside and no verdict, for which pairs are needed (shoal "
    "bench).\n"
    "How time divides between user mode and kernel is counted by ticks: let it last a second or "
    "more.\n"
    "Exit codes: 0 done, 1 it could not be measured or printed, 2 wrong usage, 3 some answers "
    "were\n"
    "wrong, 130 interrupted.\n\n"
    "  shoal bench explain --connections 512\n"
    "  shoal bench explain --rate 20000 --driver uring --driver epoll";

struct explain_options {
  load_shape load;
  std::vector<std::string> drivers{"uring", "epoll", "asio"};
  double seconds = 2;
  std::string cpus;
};

int complain(const error& e, int code) {
  std::fprintf(stderr, "shoal: %s\n", e.message.c_str());
  return code;
}

result<bench_cores> usual_cores() {
  const auto machine = topology::read_machine();
  if (!machine) return machine.error();
  return choose_cores(machine.value(), able_cores());
}

result<bench_cores> settle_cores(const explain_options& asked) {
  auto cores = asked.cpus.empty() ? usual_cores() : parse_cores(asked.cpus, able_cores());
  if (!cores) return cores;
  const auto warning = check_threads(cores.value(), able_cores());
  if (!warning) return warning.error();
  if (!warning.value().empty()) std::fprintf(stderr, "shoal: %s\n", warning.value().c_str());
  return cores;
}

/// The exit code that what was seen has earned.
int look_into(const explain_options& asked, const bench_cores& cores, explained& all) {
  const interrupts kept;
  local_host host({.program = own_program(),
                   .server_cpus = cores.server,
                   .steps_in_a_microsecond = steps_in_a_microsecond(),
                   .batches = true});
  const measuring how{.host = &host,
                      .program = own_program(),
                      .generator_cpus = cores.generator,
                      .window = asked.seconds,
                      .warm_up = 0.25};
  int code = exit_done;
  for (const auto& driver : asked.drivers) {
    auto seen = observe(driver, asked.load, how, &interrupts::came);
    if (!seen) return complain(seen.error(), interrupts::came() ? exit_interrupted : exit_failure);
    if (seen.value().measured.errors > 0) code = exit_wrong;
    all.by_contender.emplace_back(driver, std::move(seen).value());
  }
  return code;
}

int run_explain(const explain_options& asked) {
  if (asked.load.work_us != 0 && asked.load.body_bytes != plaintext_bytes) {
    return complain({0, "--work answers with 13 bytes, so --body does not go with it"}, exit_usage);
  }
  const auto cores = settle_cores(asked);
  if (!cores) return complain(cores.error(), asked.cpus.empty() ? exit_failure : exit_usage);
  explained all{.load = asked.load, .system_call_ns = system_call_ns()};
  const int code = look_into(asked, cores.value(), all);
  if (code == exit_failure || code == exit_interrupted) return code;
  if (const auto printed = print(to_text(all)); !printed) {
    return complain(printed.error(), exit_failure);
  }
  if (code == exit_wrong) return complain({0, "some answers were wrong or missing"}, code);
  return code;
}

}  // namespace

void add_bench_explain(CLI::App& bench, int& exit_code) {
  const auto asked = std::make_shared<explain_options>();
  CLI::App* const command = bench.add_subcommand(
      "explain", "Says for one load where each request's time goes, by driver");
  command->footer(footer);
  const auto number = [&](const char* name, unsigned& out, CLI::Range range, const char* help) {
    command->add_option(name, out, help)->type_name("N")->check(range)->capture_default_str();
  };
  number("--connections", asked->load.connections, CLI::Range(1U, 60'000U), "Connections");
  number("--pipeline", asked->load.pipeline, CLI::Range(1U, 1024U), "Requests under way on each");
  number("--requests", asked->load.requests_each, CLI::Range(0U, 1'000'000U),
         "For each connection, which is then opened anew; 0: no limit");
  number("--body", asked->load.body_bytes, CLI::Range(1U, 1U << 20), "Bytes of each answer");
  number("--work", asked->load.work_us, CLI::Range(0U, 1'000'000U),
         "Microseconds that the handler computes for");
  command
      ->add_option("--rate", asked->load.rate,
                   "Requests a second by the clock; 0: as fast as it goes")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command->add_option("--seconds", asked->seconds, "For each driver")
      ->type_name("N")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  command->add_option("--driver", asked->drivers, "Which; may be repeated [uring, epoll, asio]")
      ->type_name("NAME")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"uring", "epoll", "asio"}));
  command->add_option("--cpus", asked->cpus, "The server's core and the generator's")
      ->type_name("S,G");
  command->callback([asked, &exit_code] { exit_code = run_explain(*asked); });
}

}  // namespace shoal::tool
