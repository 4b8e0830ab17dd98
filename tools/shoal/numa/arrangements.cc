#include "numa/arrangements.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "numa/core_places.h"

namespace shoal::numa {
namespace {

constexpr unsigned connections = 64;
constexpr unsigned large_body = 16 * 1024;
constexpr const char* two_processes = "--nodes=2";
constexpr const char* two_workers = "--workers=2";
constexpr double latency_share = 0.5;  // of what the slower of two can do

std::size_t count_of(const std::vector<core_place>& cores, unsigned core_place::* group) {
  std::set<unsigned> all;
  for (const core_place& core : cores) all.insert(core.*group);
  return all.size();
}

bool has(const std::vector<arrangement>& all, std::string_view name) {
  return std::any_of(all.begin(), all.end(),
                     [&](const arrangement& each) { return each.name == name; });
}

/// Of each node and cache one core in turn.
std::vector<unsigned> round_the_groups(const std::vector<core_place>& cores, std::size_t most) {
  std::map<std::pair<unsigned, unsigned>, std::vector<unsigned>> groups;
  for (const core_place& core : cores) groups[{core.node, core.llc}].push_back(core.id);
  // One cache of each node before the second of any.
  std::vector<std::pair<std::pair<std::size_t, unsigned>, unsigned>> order;
  std::map<unsigned, std::size_t> caches_of_node;
  for (const auto& [where, ids] : groups) {
    const std::size_t cache = caches_of_node[where.first]++;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      order.push_back({{i * groups.size() + cache, where.first}, ids[i]});
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<unsigned> chosen;
  for (const auto& each : order) {
    if (chosen.size() < most) chosen.push_back(each.second);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

bench::point closed_loop(const std::string& a, const std::string& b, unsigned body) {
  return {.why = a == b ? bench::purpose::noise : bench::purpose::throughput,
          .a = a,
          .b = b,
          .load = {.connections = connections, .body_bytes = body}};
}

bench::point open_loop(const std::string& a, const std::string& b) {
  auto p = closed_loop(a, b, bench::plaintext_bytes);
  if (a != b) p.why = bench::purpose::latency;
  p.load.share = latency_share;
  return p;
}

void add_points(const std::string& a, const std::string& b, bool large, bench::plan& into) {
  into.points.push_back(closed_loop(a, b, bench::plaintext_bytes));
  if (large) into.points.push_back(closed_loop(a, b, large_body));
  into.points.push_back(open_loop(a, b));
}

/// Half as many workers as there are cores, in processes of one each.
void add_few(std::size_t workers, std::vector<arrangement>& all) {
  const std::vector<std::string> few = {"--nodes=" + std::to_string(workers), "--workers=1"};
  for (const std::string how : {"pack", "spread"}) {
    auto flags = few;
    flags.push_back("--placement=" + how);
    all.push_back({"few:" + how, flags,
                   how == "pack" ? "workers for half of the cores, on as few nodes as hold them"
                                 : "as many, on all nodes",
                   how == "pack" ? usual_arrangement : "few:pack"});
  }
}

}  // namespace

result<split> split_cores(const std::vector<core_place>& cores) {
  if (cores.size() < 2) {
    return error{0,
                 "there is one core, and on one core nobody can tell the server's CPU time from "
                 "the generator's"};
  }
  const auto last = std::find_if(cores.rbegin(), cores.rend(),
                                 [](const core_place& core) { return core.physical == core.id; });
  const core_place& generator = last == cores.rend() ? cores.back() : *last;
  std::vector<core_place> others;
  for (const core_place& core : cores) {
    if (core.id != generator.id) others.push_back(core);
  }
  // The generator's sibling would be slowed down by it; first threads come before second ones.
  const auto is_better = [&](const core_place& core) {
    return core.physical == core.id && core.physical != generator.physical;
  };
  std::vector<core_place> better;
  std::copy_if(others.begin(), others.end(), std::back_inserter(better), is_better);
  return split{round_the_groups(better.empty() ? others : better, most_server_cores), generator.id};
}

std::vector<arrangement> arrangements_for(const std::vector<core_place>& server, unsigned nodes) {
  std::vector<arrangement> all = {
      {usual_arrangement, {}, "one process for each NUMA node, a worker for each core"}};
  const auto add = [&](const std::string& flag, const char* says) {
    all.push_back({flag, {flag}, says});
  };
  const std::size_t on_nodes = count_of(server, &core_place::node);
  if (on_nodes > 1) add("--unit=none", "one process for all nodes");
  if (nodes > 1) {
    add("--placement=remote", "memory on the farthest other node");
    add("--placement=interleave", "memory page by page over all nodes");
  }
  if (on_nodes < 2) add(two_processes, "two processes on the same cores");
  if (count_of(server, &core_place::llc) > std::max<std::size_t>(on_nodes, 1)) {
    add("--unit=llc", "one process for each last-level cache");
  }
  if (server.size() == 1) add(two_workers, "one process with two workers on the one core");
  if (server.size() > 1) add("--policy=kernel", "connections where the kernel puts them, blindly");
  if (on_nodes > 1) {
    add("--policy=local", "connections to the node where their packets come in");
    add_few(server.size() / 2, all);
  }
  if (nodes > 1) {
    add("--memory=bind", "memory on the process's node and nowhere else");
    add("--memory=default", "memory as the kernel does it: where it is touched first");
  }
  return all;
}

bench::plan server_plan(const std::vector<arrangement>& all, const plan& what) {
  bench::plan made{.name = what.name,
                   .pairs = what.server_pairs,
                   .window = what.server_window,
                   .warm_up = what.server_warm_up,
                   .budget = what.server_seconds};
  const std::string& usual = all.front().name;
  const bool large = all.size() <= what.large_bodies_up_to;
  add_points(usual, usual, large, made);
  for (std::size_t i = 1; i < all.size(); ++i) {
    add_points(all[i].name, has(all, all[i].against) ? all[i].against : usual, large, made);
  }
  if (has(all, two_processes) && has(all, two_workers)) {
    made.points.push_back(closed_loop(two_processes, two_workers, bench::plaintext_bytes));
  }
  return made;
}

}  // namespace shoal::numa
