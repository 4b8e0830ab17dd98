#include "synthetic_results.h"

namespace shoal::bench {
namespace {

/// Most requests are near the median, one in fifty takes a few times as long.
latencies draw_latency(random_source& random, double median_us, std::uint64_t count) {
  constexpr double steps_for_a_decade = 60;
  const auto below = [&](double us) {
    const auto normal = [](double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; };
    return 0.98 * normal(std::log(us / median_us) / 0.25) +
           0.02 * normal(std::log(us / (median_us * 3)) / 0.5);
  };
  latencies l;
  double before = 0;
  for (double us = median_us / 5; us < median_us * 40; us *= std::pow(10, 1 / steps_for_a_decade)) {
    const double now = below(us);
    const double expected = (now - before) * static_cast<double>(count);
    const double some =
        std::round(expected + std::sqrt(std::max(expected, 0.0)) * draw_normal(random));
    if (some >= 1) {
      l.emplace_back(static_cast<std::uint64_t>(us * 1000), static_cast<std::uint64_t>(some));
    }
    before = now;
  }
  return l;
}

true_figures uring_at(unsigned connections) {
  const double busy = std::min(1.0, connections / 16.0);
  return {.rate = 21'000 + 59'000 * busy,
          .server_cpu_us = 14.6 - 3.2 * busy,
          .median_us = 40 + connections * 11.0,
          .system_calls = 2.0 - 1.85 * busy,
          .completions_a_turn = 1 + 13 * busy,
          .bytes = 60e3 + connections * 900.0};
}

true_figures epoll_at(unsigned connections) {
  const double busy = std::min(1.0, connections / 16.0);
  return {.rate = 21'400 + 45'000 * busy,
          .server_cpu_us = 14.3 - 0.5 * busy,
          .median_us = 39 + connections * 13.4,
          .system_calls = 3.0 - 0.9 * busy,
          .completions_a_turn = 1 + 11 * busy,
          .bytes = 40e3 + connections * 760.0};
}

true_figures asio_at(unsigned connections) {
  true_figures f = epoll_at(connections);
  f.rate *= 0.86;
  f.server_cpu_us *= 1.17;
  f.median_us *= 1.2;
  f.system_calls = f.completions_a_turn = -1;
  return f;
}

class author final {
 public:
  explicit author(std::uint64_t seed) : random_(seed) {}

  void add(purpose why, const std::string& a, const true_figures& of_a, const std::string& b,
           const true_figures& of_b, const load_shape& load, unsigned pairs = 10) {
    all_.points.push_back(
        draw_point(random_, why, a, of_a, b, of_b, load, pairs, {.drift = 0.03, .noise = 0.01}));
  }

  void closed_loops() {
    for (const unsigned n : {1U, 8U, 64U, 512U, 4096U}) {
      add(purpose::throughput, "uring", uring_at(n), "epoll", epoll_at(n), {.connections = n});
      add(purpose::throughput, "uring", uring_at(n), "asio", asio_at(n), {.connections = n});
    }
    for (const unsigned bytes : {1024U, 16384U}) {
      add(purpose::throughput, "uring", uring_at(64), "epoll", epoll_at(64),
          {.connections = 64, .body_bytes = bytes});
    }
    add(purpose::throughput, "uring", uring_at(64), "epoll", epoll_at(64),
        {.connections = 64, .requests_each = 10});
    add(purpose::throughput, "uring", uring_at(64), "nginx", asio_at(64), {.connections = 64});
  }

  void open_loops() {
    for (const double share : {0.3, 0.5, 0.7, 0.8, 0.9}) {
      true_figures a = uring_at(4);
      true_figures b = epoll_at(4);
      a.median_us = 70 / (1 - share * 0.9);
      b.median_us = 82 / (1 - share * 0.97);
      a.server_cpu_us += 6 * (1 - share);
      b.server_cpu_us += 5 * (1 - share);
      a.rate = b.rate = 62'000 * share;
      add(purpose::latency, "uring", a, "epoll", b,
          {.connections = 64, .rate = 62'000 * share, .share = share});
    }
    for (const unsigned n : {8U, 512U}) {
      true_figures a = uring_at(n);
      true_figures b = epoll_at(n);
      a.rate = b.rate = 30'000;
      add(purpose::cost, "uring", a, "epoll", b, {.connections = n, .rate = 30'000, .share = 0.5});
    }
  }

  void features() {
    const std::pair<const char*, double> worth[] = {
        {"multishot-receive", 1.06},  {"provided-buffers", 1.02},  {"defer-taskrun", 1.11},
        {"batched-submission", 1.34}, {"registered-files", 1.003}, {"napi", 0.97}};
    for (const auto& [name, factor] : worth) {
      true_figures without = uring_at(64);
      without.rate /= factor;
      without.server_cpu_us *= factor;
      add(purpose::ablation, "uring", uring_at(64), std::string("uring without ") + name, without,
          {.connections = 64}, 8);
    }
  }

  void the_rest() {
    add(purpose::noise, "uring", uring_at(64), "uring", uring_at(64), {.connections = 64});
    true_figures slow = uring_at(4);
    slow.rate = 31'000;
    add(purpose::noise, "uring", slow, "uring", slow,
        {.connections = 64, .rate = 31'000, .share = 0.5});
    add(purpose::memory, "uring", uring_at(1000), "epoll", epoll_at(1000), {.connections = 1000},
        6);
    true_figures handoff = uring_at(64);
    handoff.median_us *= 1.4;
    add(purpose::dispatch, "dispatch reuseport", uring_at(64), "dispatch handoff", handoff,
        {.connections = 64, .requests_each = 10});
    all_.points.front().repeated = 1;
  }

  results take() && { return std::move(all_); }

 private:
  random_source random_;
  results all_{.plan = "standard",
               .began = "2026-11-29T14:03:11Z",
               .seconds = 583.4,
               .machine = {{"CPU", "Example 9000, in a virtual machine"},
                           {"cores", "0-1"},
                           {"kernel", "6.1.0-example"},
                           {"mitigations", "spectre_v2: Mitigation: Enhanced IBRS; IBPB"},
                           {"kernel's command line, what tunes it", "mitigations=auto nohz_full=1"},
                           {"shoal", "0.1.0, commit 0123456789ab"},
                           {"compiler", "Clang 19.1.7"},
                           {"build", "release"}},
               .system_call_ns = 263,
               .wake_ns = 5140,
               .points = {}};
};

}  // namespace

measurement draw_measurement(random_source& random, const true_figures& truth,
                             const load_shape& load, double drift, double noise) {
  measurement m;
  const double slower = drift * draw_factor(random, noise);
  const double rate = load.rate > 0 ? load.rate : truth.rate / slower;
  m.seconds = 3;
  m.answers = static_cast<std::uint64_t>(rate * m.seconds);
  const auto answers = static_cast<double>(m.answers);
  m.latency = draw_latency(random, truth.median_us * slower, m.answers);
  m.server_seconds = answers * truth.server_cpu_us * 1e-6 * slower;
  m.machine_seconds = m.server_seconds * 1.8;
  if (truth.system_calls >= 0) m.system_calls = answers * truth.system_calls;
  if (truth.completions_a_turn >= 0) {
    m.completions = answers * 2;
    m.turns = m.completions / (truth.completions_a_turn * draw_factor(random, noise));
  }
  m.switches = answers * 0.02 * draw_factor(random, 0.1);
  m.resident_bytes = truth.bytes * draw_factor(random, noise);
  m.generator_busy = 0.41;
  m.send_lag_ns = load.rate > 0 ? 3'400 : 0;
  m.steal_share = 0.0012;
  return m;
}

point draw_point(random_source& random, purpose why, const std::string& a, const true_figures& of_a,
                 const std::string& b, const true_figures& of_b, const load_shape& load,
                 unsigned pairs, const conditions& under) {
  point p{.why = why, .a = a, .b = b, .load = load, .pairs = {}};
  double drift = 1;
  for (unsigned i = 0; i < pairs; ++i) {
    drift *= draw_factor(random, under.drift);
    measurement of_the_first = draw_measurement(random, of_a, load, drift, under.noise);
    measurement of_the_second = draw_measurement(random, of_b, load, drift, under.noise);
    p.pairs.push_back({std::move(of_the_first), std::move(of_the_second)});
  }
  return p;
}

results draw_results(std::uint64_t seed) {
  author of(seed);
  of.closed_loops();
  of.open_loops();
  of.features();
  of.the_rest();
  return std::move(of).take();
}

}  // namespace shoal::bench
