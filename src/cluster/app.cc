#include "shoal/cluster/app.h"

#include <malloc.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <span>
#include <string>

#include "base/log.h"
#include "cluster/draw_up.h"
#include "cluster/exit_code.h"
#include "cluster/fork_process.h"
#include "cluster/parse_options.h"
#include "cluster/supervisor.h"

namespace shoal {
namespace {

using namespace cluster;

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

// Not through the log: whoever has switched that off still learns why there is no server.
int refuse(const std::string& program, int code, const std::string& text) {
  std::fprintf(stderr, "%s: %s\n", program.c_str(), text.c_str());
  return code;
}

const char* from_environment(const char* name) { return std::getenv(name); }

void prepare_process(const options& values) {
  log_level level{};
  if (parse_log_level(values.log_level, level)) set_log_level(level);
  set_log_name("supervisor");
  // A client or a log reader that goes away is an error to handle, not an end.
  ::signal(SIGPIPE, SIG_IGN);
}

int serve(const options& values, const std::string& program, http::routes& routes) {
  prepare_process(values);
  std::optional<blueprint> plan;
  if (const auto no = draw_up(values, program, routes, plan)) {
    return refuse(program, no->code, no->text);
  }
  if (count_threads() > 1) {
    log_warning(
        "threads were started before run(); node processes do not have them, and a lock "
        "that one holds stays held there. Start them in state<T>()");
  }
  // What the start has used and freed would count in every child's resident memory.
  ::malloc_trim(0);
  return supervise(*plan);
}

int run_app(const options& code, http::routes& routes, std::span<const char* const> argv) {
  const auto program = argv.empty() ? std::string("shoal") : base_name(argv[0]);
  try {
    const auto parsed = parse_options(code, argv, from_environment);
    switch (parsed.what) {
      case parsed_options::next::show:
        std::fputs(parsed.text.c_str(), stdout);
        return exit_stopped;
      case parsed_options::next::refuse:
        return refuse(program, exit_usage, parsed.text);
      case parsed_options::next::run:
        return serve(parsed.values, program, routes);
    }
  } catch (const std::exception& failure) {
    // Children die with us (PR_SET_PDEATHSIG) when main returns.
    return refuse(program, exit_internal, failure.what());
  }
  return exit_internal;
}

}  // namespace

int app::run(int argc, const char* const* argv) {
  return run_app(options_, *this, {argv, static_cast<std::size_t>(argc)});
}

int app::run() { return run_app(options_, *this, {}); }

}  // namespace shoal
