// shoal: looks at running servers from outside, tells them what to do, and looks at what they are
// configured with.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "commands.h"

namespace {

/// "status" if the command line got as far as that: the hint then is about its flags.
std::string hint(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return "try: shoal " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help";
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app(
      "Looks at running shoal servers, and tells them what to do.\nExit codes: 0 done, 1 failed, 2 "
      "wrong usage, 3 "
      "no server is running",
      "shoal");
  int exit_code = shoal::tool::exit_ok;
  shoal::tool::add_status(app, exit_code);
  shoal::tool::add_top(app, exit_code);
  shoal::tool::add_processes(app, exit_code);
  shoal::tool::add_listeners(app, exit_code);
  shoal::tool::add_events(app, exit_code);
  shoal::tool::add_dump(app, exit_code);
  shoal::tool::add_reload(app, exit_code);
  shoal::tool::add_restart(app, exit_code);
  shoal::tool::add_upgrade(app, exit_code);
  shoal::tool::add_rollback(app, exit_code);
  shoal::tool::add_scale(app, exit_code);
  shoal::tool::add_drain(app, exit_code);
  shoal::tool::add_undrain(app, exit_code);
  shoal::tool::add_kill(app, exit_code);
  shoal::tool::add_reopen(app, exit_code);
  shoal::tool::add_stop(app, exit_code);
  shoal::tool::add_bench(app, exit_code);
  shoal::tool::add_numa(app, exit_code);
  shoal::tool::add_simulate(app, exit_code);
  shoal::tool::add_load(app, exit_code);
  shoal::tool::add_check(app, exit_code);
  shoal::tool::add_config(app, exit_code);
  shoal::tool::add_doctor(app, exit_code);
  shoal::tool::add_topo(app, exit_code);
  shoal::tool::add_completion(app, exit_code);
  shoal::tool::add_version(app, exit_code);
  try {
    app.parse(count, arguments);
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& wrong) {
    std::fprintf(stderr, "shoal: %s\n%s\n", wrong.what(), hint(app).c_str());
    return shoal::tool::exit_usage;
  }
  if (app.get_subcommands().empty()) {
    std::fprintf(stderr, "shoal: no command given\n%s\n", hint(app).c_str());
    return shoal::tool::exit_usage;
  }
  if (std::fflush(stdout) != 0) return shoal::tool::exit_failure;
  return exit_code;
}
