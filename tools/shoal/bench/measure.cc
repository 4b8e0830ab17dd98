#include "bench/measure.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <utility>

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds patience{5};       // with a generator that should have ended
constexpr std::chrono::seconds opening_time{10};  // of a generator's connections
constexpr std::chrono::milliseconds margin{20};   // to either end of the steady part

nanoseconds in_seconds(double seconds) {
  return nanoseconds(static_cast<nanoseconds::rep>(seconds * 1e9));
}

std::string decimal(double number) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

result<look> look_at(measured_process& server, const std::vector<pid_t>& processes) {
  look now;
  if (server.has_counters()) {
    const auto counters = server.counters();
    if (!counters) return counters.error();
    now.counters = counters.value();
  }
  now.at_ns = now.counters ? now.counters->now_ns : to_ns(read_clock());
  const auto use = use_of(processes);
  if (!use) return error{ESRCH, "it has ended"};
  now.use = *use;
  if (now.counters) now.use.cpu_ns = now.counters->cpu_ns;
  now.machine = read_machine_time();
  return now;
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
                                      std::uint16_t port) {
  std::vector<std::string> words = {how.field.program, "load",
                                    "--json",          "--announce",
                                    "--cpus",          std::to_string(how.generator_cpu),
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
  words.push_back("http://127.0.0.1:" + std::to_string(port) +
                  target_of(load.body_bytes, load.work_us));
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
  const double all = after.machine.all - before.machine.all;
  if (all > 0) m.steal_share = (after.machine.stolen - before.machine.stolen) / all;
  return m;
}

result<observation> observe(const std::string& contender, const load_shape& load,
                            const measuring& how, const interruption& stop) {
  auto started = measured_process::start(contender, how.field, load.body_bytes, stop);
  if (!started) return started.error();
  auto& server = started.value();
  const auto processes = server.processes();
  auto generator = child_process::start({.words = load_command(load, how, server.port()),
                                         .cpu = static_cast<int>(how.generator_cpu)});
  if (!generator) return generator.error();
  const auto window = window_of(generator.value(), stop);
  if (!window) return of(contender, window.error(), generator.value().last_words());
  look looks[2];
  const monotonic_time moments[] = {window.value().begin + margin, window.value().end - margin};
  for (int i = 0; i < 2; ++i) {
    if (!sleep_until(moments[i], stop)) return error{EINTR, "interrupted"};
    const auto now = look_at(server, processes);
    if (!now) return server.told(now.error());
    looks[i] = now.value();
  }
  const auto seen = result_of(generator.value(), load, stop);
  if (!seen) return of(contender, seen.error(), generator.value().last_words());
  if (server.ended()) return server.told({0, "it has ended"});
  server.stop();
  return observation{with_server(looks[0], looks[1], seen.value()), looks[0], looks[1]};
}

}  // namespace shoal::bench
