#include "bench/plan.h"

#include <algorithm>

#include "bench/contender_spec.h"
#include "io/uring_features.h"

namespace shoal::bench {
namespace {

using names = std::vector<std::string>;

constexpr double usual_shares[] = {0.3, 0.5, 0.7, 0.8, 0.9};

bool same_shape(const load_shape& one, const load_shape& other) noexcept {
  return one.connections == other.connections && one.pipeline == other.pipeline &&
         one.requests_each == other.requests_each && one.body_bytes == other.body_bytes &&
         one.work_us == other.work_us && one.work_percent == other.work_percent;
}

bool is_cluster(const std::string& contender) {
  const auto who = parse_contender(contender);
  return who && who.value().cluster();
}

point with_share(const point& capacity, purpose why, double share) {
  point p = capacity;
  p.why = why;
  p.load.share = share;
  return p;
}

void add_new(names& all, const std::string& name) {
  if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
}

/// Points of a plan that is built in.
class builder final {
 public:
  void closed(const std::string& b, const load_shape& load) {
    points_.push_back({.why = purpose::throughput, .a = "uring", .b = b, .load = load});
  }

  /// Of io_uring against epoll: what the closed loop before it has measured is what it needs.
  void open(const load_shape& load, purpose why, double share) {
    points_.push_back(with_share({.a = "uring", .b = "epoll", .load = load}, why, share));
  }

  void memory(unsigned connections) {
    points_.push_back(
        {.why = purpose::memory, .a = "uring", .b = "epoll", .load = {.connections = connections}});
  }

  /// Of io_uring against itself, in a closed loop and an open one.
  void noise(const load_shape& load, double share) {
    const point same{.why = purpose::noise, .a = "uring", .b = "uring", .load = load};
    points_.push_back(same);
    points_.push_back(with_share(same, purpose::noise, share));
  }

  void ablation(std::string_view feature, const load_shape& load) {
    points_.push_back({.why = purpose::ablation,
                       .a = "uring",
                       .b = "uring without " + std::string(feature),
                       .load = load});
  }

  /// Of how connections find their workers, in a closed loop and an open one.
  void dispatch(const std::string& mechanism, const load_shape& load, double share) {
    const point closed{.why = purpose::dispatch,
                       .a = "dispatch " + mechanism,
                       .b = "dispatch reuseport",
                       .load = load};
    points_.push_back(closed);
    points_.push_back(with_share(closed, purpose::dispatch, share));
  }

  void addition(std::string_view feature, const load_shape& load) {
    points_.push_back({.why = purpose::ablation,
                       .a = "uring with " + std::string(feature),
                       .b = "uring",
                       .load = load});
  }

  std::vector<point> take() && { return std::move(points_); }

 private:
  std::vector<point> points_;
};

/// What is accepted seldom costs nothing where connections stay.
void add_ablations(builder& b) {
  for (const auto& [feature, member] : io::uring_feature_names) {
    const bool of_accepting = member == &io::uring_features::multishot_accept;
    b.ablation(feature, {.connections = 64, .requests_each = of_accepting ? 10U : 0U});
  }
}

/// Connections that are opened anew all the time, some of whose requests take a hundred times as
/// long: what a hash of addresses cannot see.
void add_dispatch(builder& b) {
  for (const char* const mechanism : {"ebpf", "handoff", "shared"}) {
    b.dispatch(mechanism,
               {.connections = 64, .requests_each = 10, .work_us = 1000, .work_percent = 5}, 0.7);
  }
}

/// What is copied seldom costs nothing where bodies are small. Busy polling is not measured: there
/// is nothing to poll on the loopback interface.
void add_additions(builder& b, bool core_for_polling) {
  b.addition("zero-copy-send", {.connections = 64, .body_bytes = 64 * 1024});
  b.addition("registered-files", {.connections = 64});
  if (!core_for_polling) return;
  for (const unsigned n : {8U, 64U}) b.addition("sqpoll", {.connections = n});
}

void add_shares(builder& b, const load_shape& load) {
  for (const double share : usual_shares) b.open(load, purpose::latency, share);
}

result<void> check(const plan_axes& axes, const load_shape& load) {
  if (load.work_us != 0 && load.body_bytes != plaintext_bytes) {
    return error{0, "work and body: a handler that computes answers with 13 bytes alone"};
  }
  if (load.requests_each != 0 && load.pipeline > load.requests_each) {
    return error{0, "pipeline " + std::to_string(load.pipeline) + " and requests " +
                        std::to_string(load.requests_each) +
                        ": a connection ends before it has so many under way"};
  }
  if (load.work_us == 0) return {};
  for (const auto& name : axes.contenders) {
    const auto who = parse_contender(name);
    if (who && !who.value().ours() && !who.value().cluster())
      return error{0, "work: " + name + " has no handler that computes"};
  }
  return {};
}

void add_points(const plan_axes& axes, const load_shape& load, std::vector<point>& all) {
  names others(axes.contenders.begin() + 1, axes.contenders.end());
  if (axes.noise) others.push_back(axes.contenders.front());
  for (const auto& other : others) {
    const bool noise = other == axes.contenders.front();
    const bool clusters = is_cluster(other) && is_cluster(axes.contenders.front());
    const point closed{.why = noise      ? purpose::noise
                              : clusters ? purpose::dispatch
                                         : purpose::throughput,
                       .a = axes.contenders.front(),
                       .b = other,
                       .load = load};
    all.push_back(closed);
    for (const unsigned share : axes.shares) {
      const bool kept = noise || clusters;
      all.push_back(with_share(closed, kept ? closed.why : purpose::latency, share / 100.0));
    }
  }
}

}  // namespace

result<std::vector<point>> points_of(const plan_axes& axes) {
  std::vector<point> all;
  if (axes.contenders.size() < 2 && !axes.noise) {
    return error{0, "contenders: there must be two at least, or noise = true"};
  }
  for (const unsigned connections : axes.connections) {
    for (const unsigned pipeline : axes.pipeline) {
      for (const unsigned requests : axes.requests_each) {
        for (const unsigned body : axes.body_bytes) {
          for (const unsigned work : axes.work_us) {
            const load_shape load{.connections = connections,
                                  .pipeline = pipeline,
                                  .requests_each = requests,
                                  .body_bytes = body,
                                  .work_us = work,
                                  .work_percent = work == 0 ? 100 : axes.work_percent};
            if (auto fits = check(axes, load); !fits) return fits.error();
            add_points(axes, load, all);
            if (all.size() > most_planned_points) {
              return error{0, "these are more than " + std::to_string(most_planned_points) +
                                  " points: leave some values out"};
            }
          }
        }
      }
    }
  }
  return all;
}

// Some 1.2 s for a pair: ten points, seven times.
plan quick_plan(const names& peers) {
  builder b;
  b.closed("epoll", {.connections = 64});
  b.closed("epoll", {.connections = 1});
  b.closed("epoll", {.connections = 64, .pipeline = 16});
  b.closed("asio", {.connections = 64});
  b.ablation("multishot-receive", {.connections = 64});
  for (const auto& peer : peers) b.closed(peer, {.connections = 64});
  b.noise({.connections = 64}, 0.5);
  b.open({.connections = 64}, purpose::latency, 0.5);
  b.open({.connections = 64}, purpose::cost, 0.7);
  b.memory(1000);
  return {.name = "quick",
          .points = std::move(b).take(),
          .pairs = 12,
          .window = 0.36,
          .warm_up = 0.12,
          .budget = 82};
}

plan standard_plan(const names& peers, bool many_cores) {
  builder b;
  for (const unsigned n : {1U, 8U, 64U, 512U, 4096U}) b.closed("epoll", {.connections = n});
  b.closed("epoll", {.connections = 64, .pipeline = 16});
  b.closed("epoll", {.connections = 64, .requests_each = 10});
  b.closed("epoll", {.connections = 64, .body_bytes = 16 * 1024});
  for (const unsigned us : {10U, 100U}) b.closed("epoll", {.connections = 64, .work_us = us});
  for (const unsigned n : {1U, 64U}) b.closed("asio", {.connections = n});
  for (const auto& peer : peers) b.closed(peer, {.connections = 64});
  add_ablations(b);
  add_additions(b, many_cores);
  b.noise({.connections = 64}, 0.5);
  add_shares(b, {.connections = 64});
  for (const unsigned n : {8U, 512U}) b.open({.connections = n}, purpose::cost, 0.5);
  if (many_cores) add_dispatch(b);
  b.memory(1000);
  return {.name = "standard",
          .points = std::move(b).take(),
          .pairs = 8,
          .window = 0.8,
          .warm_up = 0.25,
          .budget = 600};
}

plan full_plan(const names& peers) {
  builder b;
  for (const unsigned n : {1U, 2U, 8U, 32U, 64U, 256U, 512U, 1024U, 4096U}) {
    b.closed("epoll", {.connections = n});
  }
  for (const unsigned n : {1U, 64U, 512U}) {
    b.closed("asio", {.connections = n});
    b.closed("epoll", {.connections = n, .pipeline = 16});
    b.closed("epoll", {.connections = n, .requests_each = 10});
  }
  for (const unsigned bytes : {1024U, 16U * 1024, 64U * 1024}) {
    b.closed("epoll", {.connections = 64, .body_bytes = bytes});
  }
  for (const unsigned us : {10U, 100U}) b.closed("epoll", {.connections = 64, .work_us = us});
  for (const auto& peer : peers) b.closed(peer, {.connections = 64});
  add_ablations(b);
  add_additions(b, true);
  for (const unsigned n : {64U, 512U}) {
    b.noise({.connections = n}, 0.5);
    add_shares(b, {.connections = n});
  }
  for (const unsigned n : {1U, 8U, 1024U}) b.open({.connections = n}, purpose::cost, 0.5);
  add_dispatch(b);
  b.memory(10'000);
  return {.name = "full",
          .points = std::move(b).take(),
          .pairs = 14,
          .window = 2,
          .warm_up = 0.4,
          .budget = 3600};
}

names contenders_of(const plan& p) {
  names all;
  for (const point& each : p.points) {
    add_new(all, each.a);
    add_new(all, each.b);
  }
  return all;
}

names kernel_dependent(const plan& p) {
  names all = contenders_of(p);
  std::erase_if(all, [](const std::string& name) {
    const auto who = parse_contender(name);
    return !who || (!who.value().cluster() && who.value().with.empty());
  });
  return all;
}

std::vector<unsigned> body_sizes_of(const plan& p, const std::string& contender) {
  std::vector<unsigned> all;
  for (const point& each : p.points) {
    if (each.a == contender || each.b == contender) all.push_back(each.load.body_bytes);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

bool measures_capacity_for(const point& capacity, const point& p) noexcept {
  return capacity.why != purpose::memory && capacity.load.share == 0 && capacity.load.rate == 0 &&
         capacity.a == p.a && capacity.b == p.b && same_shape(capacity.load, p.load);
}

}  // namespace shoal::bench
