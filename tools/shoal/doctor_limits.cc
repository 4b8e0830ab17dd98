// What the cluster may use: descriptors, threads, memory.
#include <algorithm>

#include "cluster/descriptor_budget.h"
#include "cluster/node/process_pools.h"
#include "doctor_findings.h"
#include "status_text.h"

namespace shoal::tool {
namespace {

std::string number(std::uint64_t value) { return format_count(value); }

cluster::descriptor_needs needs_of(const case_file& known) {
  const auto& processes = known.placement.processes;
  std::size_t workers = 0;
  for (const auto& p : processes) workers = std::max(workers, p.workers.size());
  return {.processes = static_cast<unsigned>(processes.size()),
          .workers = static_cast<unsigned>(workers),
          .addresses = static_cast<unsigned>(known.wanted.listen.size()),
          .max_connections = known.wanted.max_connections};
}

/// What is asked of both: connections of each worker, or why a server does not start.
result<unsigned> connections_of(const case_file& known) {
  return cluster::connections_for_each_worker(needs_of(known), *known.facts.descriptors);
}

void judge_descriptors(const case_file& known, findings& out) {
  constexpr std::string_view name = "descriptors";
  if (!known.facts.descriptors) return;
  const std::string change =
      "ulimit -Hn 1048576 (LimitNOFILE=1048576 in a unit, --ulimit "
      "nofile=1048576 for Docker)";
  const auto each = connections_of(known);
  if (!each) {
    out.push_back({name, verdict::problem, each.error().message, change});
    return;
  }
  const auto room = number(each.value()) + " connections for each worker";
  // Full queues alone would use all of them up.
  const bool few = each.value() < known.wanted.backlog && known.wanted.max_connections == 0;
  if (few) {
    out.push_back({name, verdict::advice,
                   "RLIMIT_NOFILE leaves " + room + "; beyond them clients wait", change});
  } else {
    out.push_back({name, verdict::ok, room, ""});
  }
}

/// Of one generation: a main thread, workers, both pools, and what writes the access log.
std::uint64_t threads_of_a_generation(const case_file& known) {
  std::uint64_t threads = 0;
  for (const auto& place : known.placement.processes) {
    threads += 2 + place.workers.size() + known.wanted.blocking_threads +
               cluster::compute_threads_for(place, known.wanted.compute_threads);
  }
  return threads;
}

void judge_tasks(const case_file& known, findings& out) {
  constexpr std::string_view name = "threads";
  if (!known.facts.tasks) return;
  const auto& [most, file] = *known.facts.tasks;
  const auto needed = 2 * threads_of_a_generation(known) + 1;
  const auto says = number(needed) + " threads at most, of two generations in a reload; " + file +
                    " allows " + number(most);
  if (needed <= most) {
    out.push_back({name, verdict::ok, says, ""});
  } else {
    out.push_back({name, verdict::problem, says,
                   "TasksMax=" + std::to_string(needed) +
                       " in a unit (--pids-limit for Docker), or fewer --blocking-threads"});
  }
}

// Measured: 284 bytes on io_uring and 316 on epoll (docs/benchmarks.md).
constexpr std::uint64_t idle_connection = 320;
// /proc/slabinfo of Linux 6.18: TCP 2,368 bytes, sock_inode_cache, filp and dentry some 1,200.
constexpr std::uint64_t kernel_socket = 3600;
constexpr std::uint64_t worker_memory = std::uint64_t{4} << 20;

void judge_memory(const case_file& known, findings& out) {
  constexpr std::string_view name = "memory";
  if (!known.facts.memory || !known.facts.descriptors) return;
  const auto each = connections_of(known);
  if (!each) return;  // has been told
  const auto& [most, file] = *known.facts.memory;
  const std::uint64_t workers = known.placement.worker_count();
  std::uint64_t connections = workers * each.value();
  if (known.wanted.max_total_connections != 0) {
    connections = std::min<std::uint64_t>(connections, known.wanted.max_total_connections);
  }
  const auto idle = workers * worker_memory + connections * (idle_connection + kernel_socket);
  const auto says = number(connections) + " idle connections, as many as may come, take " +
                    format_bytes(idle) + "; " + file + " allows " + format_bytes(most);
  if (idle <= most) {
    out.push_back({name, verdict::ok, says, ""});
    return;
  }
  const auto base = workers * worker_memory;
  const auto fit = most > base ? (most - base) / 2 / (idle_connection + kernel_socket) : 0;
  out.push_back({name, verdict::advice, says + ": beyond it the kernel kills a node process",
                 fit == 0 ? "raise it (MemoryMax= in a unit, --memory for Docker)"
                          : "--max-total-connections " + std::to_string(fit) +
                                " leaves half of it to requests; or raise it"});
}

/// The supervisor replaces what the kernel kills, if it is not killed as well.
void judge_oom(const case_file& known, findings& out) {
  constexpr std::string_view name = "oom";
  const auto& file = known.facts.dies_as_one;
  if (file.empty()) return;
  out.push_back(
      {name, verdict::advice,
       file + " is 1: out of memory, the kernel kills the supervisor with the one node "
              "process that it chose, and nobody replaces either",
       "echo 0 > " + file +
           " (OOMPolicy=continue in a unit, singleProcessOOMKill: true for the kubelet)"});
}

}  // namespace

void judge_limits(const case_file& known, findings& out) {
  judge_descriptors(known, out);
  judge_tasks(known, out);
  judge_memory(known, out);
  judge_oom(known, out);
}

}  // namespace shoal::tool
