#include "doctor_trials.h"

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "cluster/descriptor_budget.h"
#include "cluster/listen/listeners.h"
#include "cluster/options/server_options.h"
#include "cluster/rights/call_filter.h"
#include "dispatch/steering.h"
#include "io/open.h"
#include "shm/load_slot.h"
#include "shm/segment.h"
#include "topology/cpu_limits.h"
#include "topology/memory_policy.h"
#include "topology/pin.h"

namespace shoal::tool {
namespace {

template <typename T>
std::optional<error> refusal_of(const result<T>& tried) {
  return tried ? std::nullopt : std::optional(tried.error());
}

/// As many at once as two generations have in a reload: what a user may lock is counted over all.
std::optional<error> try_uring(const std::string& driver, unsigned workers) {
  if (driver == "epoll") return std::nullopt;
  std::vector<std::unique_ptr<io::driver>> rings;
  while (rings.size() < 2UL * workers) {
    auto opened = io::open_driver(io::driver_kind::uring);
    if (!opened) return opened.error();
    rings.push_back(std::move(opened).value());
  }
  return std::nullopt;
}

std::optional<error> try_seccomp(const options& o) {
  const auto mode = cluster::parse_filter_mode(o.seccomp);
  if (!mode) return std::nullopt;  // the option table says so
  return refusal_of(cluster::can_filter({.mode = *mode, .more = o.seccomp_allow}));
}

/// With as many sockets as there will be: a program for many workers may be too large.
result<void> attach(dispatch::steering& steering, unsigned workers) {
  if (!dispatch::has_socket_each(steering.kind())) return {};
  const std::array<std::string, 1> anywhere = {"127.0.0.1:0"};
  const auto sockets = cluster::listeners::open(anywhere, workers, {.backlog = 1});
  if (!sockets) return sockets.error();
  steering.attach(sockets.value().groups());  // falls to a lesser one where it is refused
  return {};
}

void try_dispatch(const options& o, unsigned workers, trial_results& out) {
  auto chosen = dispatch::steering::choose(cluster::steer_wish_of(o), workers);
  if (!chosen) {
    out.dispatch_reason = chosen.error().message;
    return;
  }
  if (const auto done = attach(chosen.value(), workers); !done) {
    out.dispatch_reason = done.error().message;
    return;
  }
  out.dispatch = std::string(name_of(chosen.value().kind())) + ", " +
                 std::string(name_of(chosen.value().policy()));
  out.dispatch_reason = chosen.value().reason();
}

/// No load segment, which `shoal status` would take for a server.
std::optional<error> try_shared_memory(unsigned workers) {
  auto made = shm::segment::create("shoal-doctor", workers * sizeof(shm::load_slot));
  if (!made) return made.error();
  return refusal_of(made.value().seal());
}

/// To where it may run already.
std::optional<error> try_pinning() {
  const auto affinity = topology::read_affinity();
  if (!affinity) return affinity.error();
  return refusal_of(topology::confine_this_thread(affinity.value()));
}

std::optional<error> try_memory_policy(const topology::machine& machine,
                                       const topology::placement& placement) {
  return refusal_of(topology::set_memory_policy(machine, placement.processes.front().memory));
}

}  // namespace

trial_results try_out(const options& o, const topology::machine& machine,
                      const topology::placement& placement) {
  const auto workers = placement.worker_count();
  trial_results out;
  // As a server does; where it is refused, its listeners say so next.
  static_cast<void>(cluster::raise_descriptor_limit());
  out.uring = try_uring(o.driver, workers);
  out.seccomp = try_seccomp(o);
  try_dispatch(o, workers, out);
  out.shared_memory = try_shared_memory(workers);
  out.pinning = try_pinning();
  out.memory_policy = try_memory_policy(machine, placement);
  return out;
}

}  // namespace shoal::tool
