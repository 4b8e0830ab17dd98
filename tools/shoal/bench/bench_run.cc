#include "bench/bench_run.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/descriptor_limit.h"
#include "base/utc_text.h"
#include "bench/idle_memory.h"
#include "bench/interrupts.h"
#include "bench/machine_facts.h"
#include "bench/measure.h"
#include "bench/number_text.h"
#include "bench/progress_line.h"
#include "bench/report.h"
#include "bench/results_json.h"
#include "topology/pin.h"

namespace shoal::bench {
namespace {

constexpr unsigned spare_descriptors = 128;

measuring how_of(const bench_run& run) {
  return {.host = run.host.get(),
          .apart = !run.server.empty(),
          .program = own_program(),
          .generator_cpus = run.generator_cpus,
          .window = run.what.window,
          .warm_up = run.what.warm_up};
}

/// And raises our own to it: idle connections are ours.
result<void> check_descriptors(const plan& what) {
  unsigned most = 0;
  for (const point& p : what.points) most = std::max(most, p.load.connections);
  const auto limit = raise_descriptor_limit();
  if (limit >= most + spare_descriptors) return {};
  return error{EMFILE, std::to_string(most) +
                           " connections need as many descriptors, and the hard "
                           "limit is " +
                           std::to_string(limit) + ": raise it (ulimit -Hn, LimitNOFILE=)"};
}

result<void> rehearse(const std::string& contender, const plan& what, server_host& host) {
  for (const unsigned bytes : body_sizes_of(what, contender)) {
    auto started = host.start(contender, bytes, &interrupts::came);
    if (!started) return started.error();
    if (const auto stopped = started.value()->stop(); !stopped) return stopped;
  }
  return {};
}

void leave_out(const std::string& contender, const std::string& why, plan& what) {
  std::fprintf(stderr, "left out: %s\n", why.c_str());
  std::erase_if(what.points, [&](const point& p) { return p.a == contender || p.b == contender; });
}

/// Each contender once, with a body of each size: what does not work is better known now.
result<void> rehearse_all(bench_run& run) {
  for (const auto& contender : contenders_of(run.what)) {
    const auto works = rehearse(contender, run.what, *run.host);
    if (works) continue;
    const bool only_welcome =
        std::find(run.welcome.begin(), run.welcome.end(), contender) != run.welcome.end();
    if (!only_welcome || interrupts::came() || !run.host->reachable()) return works;
    leave_out(contender, works.error().message, run.what);
  }
  return {};
}

void add(std::vector<fact> some, const std::string& whose, std::vector<fact>& all) {
  for (auto& [name, value] : some) all.emplace_back(whose + name, std::move(value));
}

/// Of one machine, or of both and whose.
std::vector<fact> facts_of(const bench_run& run, const host_facts& there) {
  const fact asks{"generator's cores", topology::format_cpu_list(run.generator_cpus)};
  std::vector<fact> all;
  if (run.server.empty()) {
    add(there.facts, "", all);
    all.push_back(asks);
    return all;
  }
  all.emplace_back("two machines", "the server's is " + run.server);
  add(there.facts, "server: ", all);
  add(machine_facts(), "generator: ", all);
  add({asks}, "generator: ", all);
  add(build_facts(), "generator: ", all);
  return all;
}

std::uint64_t wrong_answers(const results& all) {
  std::uint64_t sum = 0;
  for (const point& p : all.points) {
    for (const measured_pair& pair : p.pairs) sum += pair.a.errors + pair.b.errors;
  }
  return sum;
}

result<measurement> measure(const point& p, const std::string& who, const measuring& how) {
  if (p.why == purpose::memory) {
    return measure_idle(who, p.load.connections, *how.host, &interrupts::came);
  }
  auto seen = observe(who, p.load, how, &interrupts::came);
  if (!seen) return seen.error();
  return std::move(seen).value().measured;
}

/// Which share of the time of the server's machine was neither the server's nor the generator's, if
/// that is there: the median of all measurements. Some of it is the kernel's own.
double others_share(const results& all, double cores, bool apart) {
  std::vector<double> shares;
  for (const point& p : all.points) {
    for (const measured_pair& pair : p.pairs) {
      for (const measurement* m : {&pair.a, &pair.b}) {
        if (m->server_seconds < 0 || m->seconds <= 0) continue;
        const double ours = m->server_seconds + (apart ? 0 : m->generator_busy * m->seconds);
        shares.push_back((m->machine_seconds - ours) / (m->seconds * cores));
      }
    }
  }
  if (shares.empty()) return 0;
  const auto middle = shares.begin() + static_cast<long>(shares.size() / 2);
  std::nth_element(shares.begin(), middle, shares.end());
  return std::max(*middle, 0.0);
}

double seconds_now() { return static_cast<double>(to_ns(read_clock())) / 1e9; }

/// As long as nothing else is said.
void mark_unfinished(results& all) {
  all.complete = false;
  all.ended_by = "it was killed";
}

}  // namespace

std::string dated_directory(const std::string& command) {
  std::string digits;
  for (const char c : show_utc(utc_milliseconds()).substr(0, 19)) {
    if (c == 'T') digits += '-';
    if (c >= '0' && c <= '9') digits += c;
  }
  return "shoal-" + command + "-" + digits;
}

result<void> make_results_directory(const std::string& path) {
  std::error_code refused;
  std::filesystem::create_directories(path, refused);
  if (refused) return error{refused.value(), path + ": cannot be made: " + refused.message()};
  if (std::filesystem::exists(path + "/results.json", refused)) {
    return error{EEXIST, path + " holds results already: name another directory with --out"};
  }
  if (::access(path.c_str(), W_OK) != 0)
    return system_error(errno, path + ": cannot be written to");
  return {};
}

result<void> prepare(bench_run& run) {
  const interrupts kept;
  if (auto enough = check_descriptors(run.what); !enough) return enough;
  if (auto made = make_results_directory(run.directory); !made) return made;
  return rehearse_all(run);
}

result<bench_end> carry_out(const bench_run& run) {
  const interrupts kept;
  bench_end end;
  results& all = end.measured;
  all.plan = run.what.name;
  all.began = show_utc(utc_milliseconds());
  const auto there = run.host->describe(contenders_of(run.what));
  if (!there) return there.error();
  all.machine = facts_of(run, there.value());
  all.system_call_ns = there.value().system_call_ns;
  all.wake_ns = there.value().wake_ns;
  mark_unfinished(all);
  const auto how = how_of(run);
  // What we do beside a measurement is done on the generator's core.
  const auto pinned = topology::pin_this_thread(run.generator_cpus.front());
  if (!pinned) return pinned.error();
  const std::string json = run.directory + "/results.json";
  progress_line line;
  const world around{
      .measure = [&](const std::string& who, const point& p) { return measure(p, who, how); },
      .now = &seconds_now,
      .interrupted = &interrupts::came,
      .tell =
          [&](const progress& p) {
            line.show(p);
            // A disk that is full now may not be so at the end, when it is said.
            if (p.now == nullptr) static_cast<void>(write_results(all, json));
          }};
  end.how = shoal::bench::run(run.what, around, all);
  end.wrong = wrong_answers(all);
  const double others = others_share(all, there.value().cores, how.apart);
  if (!how.apart) end.others = others;
  all.machine.emplace_back(
      how.apart ? "server: used by others and by interrupts" : "used by others",
      percent_text(others));
  auto written = write_results(all, json);
  if (written) written = write_report(all, run.directory + "/report.html");
  if (!written) end.unwritten = written.error().message;
  return end;
}

}  // namespace shoal::bench
