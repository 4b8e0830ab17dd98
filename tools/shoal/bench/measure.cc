#include "bench/measure.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

#include "bench/contender_spec.h"
#include "bench/peers.h"

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds patience{5};       // with a generator that should have ended
constexpr std::chrono::seconds opening_time{10};  // of a generator's connections
constexpr std::chrono::milliseconds margin{20};   // at least, to either end of the steady part
constexpr int last_part = 5;  // of the window in so many, in which the last look has to be over

nanoseconds in_seconds(double seconds) {
  return nanoseconds(static_cast<nanoseconds::rep>(seconds * 1e9));
}

std::string decimal(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

error of(const std::string& contender, const error& why, const std::string& said) {
  return {why.code, contender + ": " + why.message + " (" + said + ")"};
}

/// Seconds after which a request is lost: all that may wait before it, twice, and time to spare.
double timeout_of(const load_shape& load) noexcept {
  const double waiting = static_cast<double>(load.connections) * load.pipeline;
  return 2 + 2 * waiting * load.work_us / 1e6;
}

/// It is announced when all connections are open: what opening them costs is over then.
result<steady_time> window_of(child_process& generator, const interruption& stop) {
  const auto told = generator.read_line(read_clock() + opening_time, stop);
  if (!told) return error{told.error().code, "the generator: " + told.error().message};
  return window_in(told.value());
}

double steal_between(const machine_time& before, const machine_time& after) noexcept {
  const double all = after.all - before.all;
  return all > 0 ? (after.stolen - before.stolen) / all : 0;
}

/// One core asks one worker; a cluster wants more.
topology::cpu_list cpus_against(const std::string& contender, const measuring& how) {
  const auto who = parse_contender(contender);
  if (who && who.value().cluster()) return how.generator_cpus;
  return {how.generator_cpus.front()};
}

/// When to look. Where thousands of connections are ahead of it, a look takes some 30 ms.
std::array<monotonic_time, 2> moments_in(const steady_time& window) noexcept {
  const auto reserve = std::max<nanoseconds>(margin, (window.end - window.begin) / last_part);
  return {window.begin + margin, window.end - reserve};
}

/// What the generator ended with; 3 says that some answers were wrong, which is a result.
result<seen_by_load> result_of(child_process& generator, const load_shape& load,
                               const interruption& stop) {
  const auto until = read_clock() + in_seconds(timeout_of(load)) + patience;
  const auto code = generator.wait(until, stop);
  if (!code) return error{code.error().code, "the generator: " + code.error().message};
  if (code.value() != 0 && code.value() != 3) {
    return error{0, "the generator ended with " + std::to_string(code.value())};
  }
  return load_in(generator.output());
}

}  // namespace

std::vector<std::string> load_command(const load_shape& load, const measuring& how,
                                      const std::string& authority,
                                      const topology::cpu_list& cpus) {
  std::vector<std::string> words = {how.program,       "load",
                                    "--json",          "--announce",
                                    "--threads",       std::to_string(cpus.size()),
                                    "--cpus",          topology::format_cpu_list(cpus),
                                    "--connections",   std::to_string(load.connections),
                                    "--pipeline",      std::to_string(load.pipeline),
                                    "--requests-each", std::to_string(load.requests_each),
                                    "--warm-up",       decimal(how.warm_up),
                                    "--seconds",       decimal(how.window),
                                    "--timeout",       decimal(timeout_of(load)),
                                    "--expect-body",   body_of(load.body_bytes)};
  if (load.rate > 0) {
    // As independent clients ask: evenly spaced requests would hardly ever wait for each other.
    words.insert(words.end(), {"--rate", decimal(load.rate), "--arrivals", "poisson"});
  } else {
    // Its sleep would be in every round trip of few connections, whoever serves.
    words.insert(words.end(), {"--gather", "0"});
  }
  const auto target = target_of(load.body_bytes, load.work_us);
  if (load.work_us == 0 || load.work_percent >= 100) {
    words.push_back("http://" + authority + target);
    return words;
  }
  const auto others = target_of(load.body_bytes, 0);
  words.insert(words.end(),
               {"--request", std::to_string(load.work_percent) + " GET " + target, "--request",
                std::to_string(100 - load.work_percent) + " GET " + others, "http://" + authority});
  return words;
}

measurement with_server(const look& before, const look& after, const seen_by_load& seen) noexcept {
  measurement m = seen.measured;
  const double seconds = static_cast<double>(after.at_ns - before.at_ns) / 1e9;
  if (seconds <= 0) return m;
  double scale = m.seconds / seconds;
  if (before.counters && after.counters && after.counters->requests > before.counters->requests) {
    const auto requests = after.counters->requests - before.counters->requests;
    scale = static_cast<double>(m.answers) / static_cast<double>(requests);
  }
  const auto scaled = [scale](std::uint64_t from, std::uint64_t to) {
    return to > from ? static_cast<double>(to - from) * scale : 0;
  };
  m.server_seconds = scaled(before.use.cpu_ns, after.use.cpu_ns) / 1e9;
  m.switches = scaled(before.use.switches, after.use.switches);
  m.resident_bytes = static_cast<double>(after.use.resident_bytes);
  if (before.counters && after.counters) {
    m.turns = scaled(before.counters->turns, after.counters->turns);
    m.completions = scaled(before.counters->completions, after.counters->completions);
    if (before.counters->system_calls && after.counters->system_calls) {
      m.system_calls = scaled(*before.counters->system_calls, *after.counters->system_calls);
    }
  }
  const double busy = (after.machine.busy - before.machine.busy) * m.seconds / seconds;
  m.machine_seconds = std::max(busy - seen.spun_seconds, 0.0);
  m.steal_share = steal_between(before.machine, after.machine);
  return m;
}

result<observation> observe(const std::string& contender, const load_shape& load,
                            const measuring& how, const interruption& stop) {
  auto started = how.host->start(contender, load.body_bytes, stop);
  if (!started) return started.error();
  auto& server = *started.value();
  const auto cpus = cpus_against(contender, how);
  auto generator = child_process::start(
      {.words = load_command(load, how, server.authority(), cpus), .cpus = cpus});
  if (!generator) return generator.error();
  const auto window = window_of(generator.value(), stop);
  if (!window) return of(contender, window.error(), generator.value().last_words());
  look looks[2];
  machine_time here[2];
  const auto moments = moments_in(window.value());
  for (std::size_t i = 0; i < moments.size(); ++i) {
    if (!sleep_until(moments[i], stop)) return error{EINTR, "interrupted"};
    const auto now = server.look_at();
    if (!now) return now.error();
    if (read_clock() > window.value().end) {
      return error{ETIME, contender + ": the load was over before it could be looked at: the " +
                              "machine is too busy for so short a window"};
    }
    looks[i] = now.value();
    here[i] = read_machine_time();
  }
  auto seen = result_of(generator.value(), load, stop);
  if (!seen) return of(contender, seen.error(), generator.value().last_words());
  if (const auto stopped = server.stop(); !stopped) return stopped.error();
  if (how.apart) seen.value().spun_seconds = 0;  // not the machine's that was looked at
  auto measured = with_server(looks[0], looks[1], seen.value());
  measured.steal_share = std::max(measured.steal_share, steal_between(here[0], here[1]));
  return observation{std::move(measured), looks[0], looks[1]};
}

}  // namespace shoal::bench
