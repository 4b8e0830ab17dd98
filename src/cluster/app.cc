#include "shoal/cluster/app.h"

#include <malloc.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/draw_up.h"
#include "cluster/exit_code.h"
#include "cluster/listen/given_sockets.h"
#include "cluster/options/parse_options.h"
#include "cluster/options/settings_change.h"
#include "cluster/options/settings_report.h"
#include "cluster/supervisor/first_process.h"
#include "cluster/supervisor/fork_process.h"
#include "cluster/supervisor/heritage.h"
#include "cluster/supervisor/supervisor.h"

namespace shoal {
namespace {

using namespace cluster;

std::string base_name(std::string_view path) {
  return std::string(path.substr(path.find_last_of('/') + 1));
}

// Not through the log: whoever has switched that off still learns why there is no server.
int refuse(const std::string& program, int code, std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    std::fprintf(stderr, "%s: %.*s\n", program.c_str(), static_cast<int>(end), lines.data());
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return code;
}

int print(const std::string& text) {
  const bool done = std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  return done ? exit_stopped : exit_internal;
}

void prepare_process(const options& values) {
  log_level level{};
  if (parse_log_level(values.log_level, level)) set_log_level(level);
  log_format format{};
  if (parse_log_format(values.log_format, format)) set_log_format(format);
  set_log_name("supervisor");
  // A client or a log reader that goes away is an error to handle, not an end.
  ::signal(SIGPIPE, SIG_IGN);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text.append(text.empty() ? "" : "; ").append(line);
  return text;
}

std::string on_one_line(const std::vector<option_change>& changes) {
  auto text = to_text(changes);
  if (!text.empty()) text.pop_back();
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n', end)) {
    text.replace(end, 1, "; ");
  }
  return text;
}

/// What the layers say now, as far as a reload can let it count.
result<generation_terms> renew(const option_layers& layers, const blueprint& plan) {
  const auto fresh = settle(layers);
  if (!fresh.problems.empty()) return error{EINVAL, joined(fresh.problems)};
  const auto changes = changes_between(plan.terms.said, fresh.values);
  if (effect_of(changes) == option_effect::at_start) {
    return error{EINVAL, "not all of this can change without a new start: " + on_one_line(changes)};
  }
  std::optional<generation_terms> terms;
  if (const auto no = agree_anew(fresh.values, plan, terms)) return error{EINVAL, no->text};
  if (!changes.empty()) log_info("reload: " + on_one_line(changes));
  return std::move(*terms);
}

int serve(const parsed_options& parsed, const std::string& program, http::routes& routes,
          const lifecycle_hooks& hooks) {
  const options& values = parsed.settled.values;
  auto given = take_given_sockets();
  if (!given) return refuse(program, exit_address, given.error().message);
  std::optional<blueprint> plan;
  if (const auto no =
          draw_up(values, program, routes, plan, take_heritage_link(), std::move(given).value())) {
    return refuse(program, no->code, no->text);
  }
  if (count_threads() > 1) {
    log_warning(
        "threads were started before run(); node processes do not have them, and a lock "
        "that one holds stays held there. Start them in state<T>()");
  }
  // What the start has used and freed would count in every child's resident memory.
  ::malloc_trim(0);
  return supervise(*plan, [&] { return renew(parsed.layers, *plan); }, hooks);
}

/// What a start would refuse: options first, and then whether this machine and these routes let
/// them be. Nothing is bound, forked or written.
int check(const settings& settled, const std::string& program, http::routes& routes) {
  std::vector<refusal> all;
  for (const auto& problem : settled.problems) all.push_back({settled.code, problem});
  if (all.empty()) {
    prepare_process(settled.values);
    all = rehearse(settled.values, routes);
  } else {
    check_routes(routes, all);
  }
  for (const auto& [code, text] : all) refuse(program, code, text);
  return all.empty() ? print(program + ": OK\n") : all.front().code;
}

int run_app(const options& code, http::routes& routes, const lifecycle_hooks& hooks,
            std::span<const char* const> argv) {
  const auto program = argv.empty() ? std::string("shoal") : base_name(argv[0]);
  try {
    const auto parsed = parse_options(code, argv, from_environment);
    switch (parsed.what) {
      case parsed_options::next::show:
        return print(parsed.text);
      case parsed_options::next::print_text:
        return print(to_text(parsed.settled, shown_settings::all));
      case parsed_options::next::print_json:
        return print(to_json(parsed.settled, shown_settings::all) + "\n");
      case parsed_options::next::refuse:
        return refuse(program, parsed.code, parsed.text);
      case parsed_options::next::check:
        return check(parsed.settled, program, routes);
      case parsed_options::next::run:
        prepare_process(parsed.settled.values);
        ::signal(SIGCHLD,
                 SIG_DFL);  // ignored, as some shells leave it, children would bury themselves
        leave_first_process();
        return serve(parsed, program, routes, hooks);
    }
  } catch (const std::exception& failure) {
    // Children die with us (PR_SET_PDEATHSIG) when main returns.
    return refuse(program, exit_internal, failure.what());
  }
  return exit_internal;
}

}  // namespace

int app::run(int argc, const char* const* argv) {
  return run_app(options_, *this, hooks_, {argv, static_cast<std::size_t>(argc)});
}

int app::run() { return run_app(options_, *this, hooks_, {}); }

}  // namespace shoal
