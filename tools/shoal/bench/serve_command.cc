// shoal bench serve: the measured server by itself, for a look at it and for other generators.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "bench/commands.h"
#include "bench/serve.h"
#include "io/uring_features.h"

namespace shoal::tool {
namespace {

using namespace bench;

constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

constexpr const char* footer =
    "Prints {\"port\":N,\"pid\":N,\"driver\":\"NAME\"} once it accepts, and serves until it is "
    "ended.\n"
    "GET /plaintext, /bytes/N, /spin/US (computes for so many microseconds) and /counters.\n\n"
    "  shoal bench serve --driver epoll --cpu 0 --port 8080\n"
    "  shoal bench serve --without multishot-receive --without registered-ring";

std::vector<std::string> features() {
  std::vector<std::string> names;
  for (const auto& [name, feature] : io::uring_feature_names) names.emplace_back(name);
  return names;
}

int run_serve(const serve_options& asked) {
  if (!asked.without.empty() && asked.driver != "uring") {
    std::fprintf(stderr, "shoal: --without is about features of uring, and --driver is %s\n",
                 asked.driver.c_str());
    return exit_usage;
  }
  const auto served = serve(asked);
  std::fprintf(stderr, "shoal: %s\n", served.error().message.c_str());
  return exit_failure;
}

}  // namespace

void add_bench_serve(CLI::App& bench, int& exit_code) {
  const auto asked = std::make_shared<serve_options>();
  CLI::App* const command = bench.add_subcommand(
      "serve", "The server that is measured: one worker on one core, and nothing beside it");
  command->footer(footer);
  command->add_option("--driver", asked->driver, "What moves the bytes")
      ->type_name("uring|epoll|asio")
      ->check(CLI::IsMember({"uring", "epoll", "asio"}))
      ->capture_default_str();
  command->add_option("--cpu", asked->cpu, "Core that it is pinned to")
      ->type_name("N")
      ->check(CLI::Range(0, 8191));
  command->add_option("--port", asked->port, "Of 127.0.0.1; 0: one that is free")
      ->type_name("N")
      ->capture_default_str();
  command
      ->add_option("--without", asked->without,
                   "A feature that uring goes without; may be repeated")
      ->type_name("FEATURE")
      ->allow_extra_args(false)
      ->check(CLI::IsMember(features()));
  command
      ->add_option("--slower", asked->slower_percent,
                   "So much more CPU time than it takes: for tests of what measures it")
      ->type_name("PERCENT")
      ->check(CLI::Range(0, 1000));
  command->add_flag("--batches", asked->batches, "Count turns by their outcomes, for /counters");
  command
      ->add_option("--steps", asked->steps_in_a_microsecond,
                   "Of /spin/US, in a microsecond; measured at the start if not given")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->callback([asked, &exit_code] { exit_code = run_serve(*asked); });
}

}  // namespace shoal::tool
