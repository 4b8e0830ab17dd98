#include "observe/cluster_metrics.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "observe/exposition.h"
#include "observe/numa_metrics.h"
#include "observe/worker_metrics.h"

namespace shoal::observe {
namespace {

std::vector<seen_worker> look_at_workers(const overview& cluster) {
  std::vector<seen_worker> seen;
  seen.reserve(cluster.process_of.size());
  for (unsigned w = 0; w < cluster.process_of.size(); ++w) {
    seen.push_back({.worker = std::to_string(w),
                    .node = std::to_string(cluster.process_of[w]),
                    .slot = shm::read_slot(cluster.slots.slot(w)),
                    .tally = shm::read_tally(cluster.tallies.of(w))});
  }
  return seen;
}

/// "cbpf, least-loaded (not ebpf: the kernel ...)", of which the end may be cut.
struct dispatch_words {
  explicit dispatch_words(std::string_view text) {
    const auto comma = std::min(text.find(", "), text.size());
    const auto bracket = std::min(text.find(" ("), text.size());
    mechanism = text.substr(0, std::min(comma, bracket));
    if (comma + 2 < bracket) policy = text.substr(comma + 2, bracket - comma - 2);
    if (bracket < text.size()) reason = text.substr(bracket + 2);
    if (reason.ends_with(')')) reason.remove_suffix(1);
  }

  std::string_view mechanism;
  std::string_view policy;
  std::string_view reason;
};

void tell_cluster(exposition& to, const overview& cluster) {
  to.family("shoal_build_info", metric_kind::gauge, "The version of shoal; always 1.");
  const metric_label version[] = {{"version", cluster.version}};
  to.sample(version, std::uint64_t{1});

  const auto text = cluster.slots.dispatch();
  const dispatch_words how(text);
  to.family("shoal_dispatch_info", metric_kind::gauge,
            "Who gives connections to workers, and why it is not a better one; always 1.");
  const metric_label dispatch[] = {
      {"mechanism", how.mechanism}, {"policy", how.policy}, {"reason", how.reason}};
  to.sample(dispatch, std::uint64_t{1});

  const auto age = to_ns(read_clock()) - cluster.slots.header().started_ns;
  to.family("shoal_uptime_seconds", metric_kind::gauge, "Time since the cluster began.");
  to.sample({}, static_cast<double>(age) / 1e9);
}

/// What a process is, from what its workers say; nothing if none can be believed.
struct seen_process {
  std::string node;
  std::uint64_t restarts = 0;
  std::uint64_t generation = 0;
  std::uint64_t log_lines_lost = 0;
  std::uint64_t resident_bytes = 0;
  bool counted = false;
  bool looked_at = false;

  void add(const seen_worker& w) {
    node = w.node;
    if (!w.tally.suspect) {
      counted = true;
      restarts = std::max(restarts, w.tally.restarts);
      generation = std::max(generation, w.tally.generation);
      log_lines_lost += w.tally.of(shm::total::log_lines_lost);
    }
    if (!w.slot.suspect) {
      looked_at = true;
      resident_bytes = std::max(resident_bytes, w.slot.resident_bytes);
    }
  }
};

std::vector<seen_process> gather(std::span<const seen_worker> workers,
                                 std::span<const unsigned> process_of) {
  std::vector<seen_process> processes(process_of.empty() ? 0 : process_of.back() + 1);
  for (std::size_t w = 0; w < workers.size(); ++w) processes[process_of[w]].add(workers[w]);
  return processes;
}

struct process_family {
  std::string_view name;
  metric_kind kind;
  std::string_view help;
  std::uint64_t seen_process::* value;
  bool seen_process::* known;
};

constexpr process_family process_families[] = {
    {"shoal_process_restarts_total", metric_kind::counter,
     "Times that the node process was replaced after a crash.", &seen_process::restarts,
     &seen_process::counted},
    {"shoal_process_generation", metric_kind::gauge,
     "Times that the node process was replaced, whyever.", &seen_process::generation,
     &seen_process::counted},
    {"shoal_access_log_lines_lost_total", metric_kind::counter,
     "Lines that the access log could not write.", &seen_process::log_lines_lost,
     &seen_process::counted},
    {"shoal_process_resident_memory_bytes", metric_kind::gauge,
     "Memory of the node process; 0 while there is none.", &seen_process::resident_bytes,
     &seen_process::looked_at},
};

void tell_processes(exposition& to, std::span<const seen_process> processes) {
  for (const auto& [name, kind, help, value, known] : process_families) {
    to.family(name, kind, help);
    for (const auto& p : processes) {
      const metric_label of[] = {{"node", p.node}};
      if (p.*known) to.sample(of, p.*value);
    }
  }
}

}  // namespace

std::string tell(const overview& cluster) {
  std::string text;
  exposition to(text);
  const auto workers = look_at_workers(cluster);
  tell_cluster(to, cluster);
  tell_processes(to, gather(workers, cluster.process_of));
  tell_workers(to, workers);
  tell_numa(to, cluster, workers);
  return text;
}

}  // namespace shoal::observe
