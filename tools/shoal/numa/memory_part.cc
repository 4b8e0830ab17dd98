#include "numa/memory_part.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <initializer_list>
#include <string_view>

#include "base/clock.h"
#include "numa/bandwidth.h"
#include "numa/chase.h"
#include "numa/core_places.h"
#include "numa/on_core.h"
#include "numa/words.h"
#include "topology/text.h"

namespace shoal::numa {
namespace {

constexpr std::uint64_t seed = 20'260'729;  // the same walk each time
constexpr std::uint64_t most_touched_bytes = 64UL << 20;
constexpr std::uint64_t each_of_many_bytes = 64UL << 20;
constexpr std::uint64_t cells_in_full = 16;

error interrupted() { return {EINTR, "interrupted"}; }

/// The sum of these of the kernel's figures, in bytes; 0 if it says none of them.
std::uint64_t sum_in(const std::string& path, std::initializer_list<std::string_view> names) {
  std::ifstream meminfo(path);
  std::uint64_t sum = 0;
  for (std::string line; std::getline(meminfo, line);) {
    for (const std::string_view name : names) {
      const auto at = line.find(name);
      if (at == std::string::npos) continue;
      std::string_view rest = std::string_view(line).substr(at + name.size());
      sum += topology::parse_number<std::uint64_t>(topology::take_word(rest)).value_or(0) * 1024;
    }
  }
  return sum;
}

/// What the node with the least can give: memory is bound to a node, and where that has none left
/// the kernel kills.
std::uint64_t free_bytes(const std::vector<unsigned>& nodes) {
  std::uint64_t least = sum_in("/proc/meminfo", {"MemAvailable:"});
  for (const unsigned node : nodes) {
    const auto there = sum_in("/sys/devices/system/node/node" + std::to_string(node) + "/meminfo",
                              {"MemFree:", "Inactive(file):"});
    if (there > 0) least = std::min(least, there);
  }
  return least;
}

class memory_part final {
 public:
  memory_part(const topology::machine& machine, const plan& what, const watch& by, study& into)
      : machine_(machine), plan_(what), by_(by), study_(into), found_(into.memory.emplace()) {
    for (const auto& node : machine.nodes) {
      if (node.memory_bytes > 0 || machine.nodes.size() == 1) memory_nodes_.push_back(node.id);
    }
    found_.largest_bytes = largest_working_set(what.largest_bytes, last_level_bytes(into.cores),
                                               free_bytes(memory_nodes_));
    touched_bytes_ =
        std::min(found_.largest_bytes, most_touched_bytes) / huge_page_bytes * huge_page_bytes;
  }

  result<void> run() {
    const core_place& first = study_.cores.front();
    if (auto done = draw_curves({first.id, first.node}); !done) return done;
    if (auto done = touch_first(); !done) return done;
    if (auto done = fill_matrix(); !done) return done;
    say_what_is_unseen();
    return {};
  }

 private:
  [[nodiscard]] topology::cpu_list cores_of(unsigned node) const {
    topology::cpu_list all;
    for (const core_place& core : study_.cores) {
      if (core.node == node) all.push_back(core.id);
    }
    return all;
  }

  /// Of the nodes whose cores are used.
  [[nodiscard]] std::vector<unsigned> cpu_nodes() const {
    std::vector<unsigned> all;
    for (const auto& node : machine_.nodes) {
      if (!cores_of(node.id).empty()) all.push_back(node.id);
    }
    return all;
  }

  result<void> draw_curves(const spot& where) {
    for (const page_kind pages : {page_kind::small, page_kind::huge}) {
      const auto drawn = on_core(machine_, where, [&] { return draw_latency(where, pages); });
      if (!drawn) return drawn;
    }
    found_.bandwidth_cpu = where.cpu;
    return on_core(machine_, where, [&] { return draw_bandwidth(); });
  }

  result<void> draw_latency(const spot& where, page_kind pages) {
    auto memory = arena::reserve(found_.largest_bytes, pages);
    if (!memory) return memory.error();
    memory.value().touch();
    auto& curve = found_.latency.emplace_back();
    curve = {where.cpu, where.memory_node, pages, memory.value().huge_share(), {}};
    for (const std::uint64_t bytes : working_sets(found_.largest_bytes)) {
      if (by_.stop()) return interrupted();
      by_.tell("memory: latency of " + size_text(bytes) +
               (pages == page_kind::huge ? ", huge pages" : ", small pages"));
      curve.points.push_back({bytes, latency_in(memory.value(), bytes)});
    }
    return {};
  }

  [[nodiscard]] estimate latency_in(const arena& memory, std::uint64_t bytes) const {
    chase loads(memory, bytes, seed);
    loads.warm_up();
    std::vector<double> values;
    for (unsigned i = 0; i < plan_.repeats; ++i) values.push_back(loads.ns_for_a_load(plan_.loads));
    return bench::estimate_median(std::move(values));
  }

  result<void> draw_bandwidth() {
    auto memory = arena::reserve(found_.largest_bytes, page_kind::huge);
    if (!memory) return memory.error();
    memory.value().touch();
    for (const std::uint64_t bytes : working_sets(found_.largest_bytes)) {
      if (by_.stop()) return interrupted();
      by_.tell("memory: bandwidth of " + size_text(bytes));
      found_.bandwidth_curve.push_back({bytes, bandwidth_in(memory.value(), bytes)});
    }
    return {};
  }

  [[nodiscard]] bandwidth bandwidth_in(const arena& memory, std::uint64_t bytes) const {
    std::vector<double> values[std::size(motions)];
    for (unsigned i = 0; i < plan_.repeats; ++i) {
      for (const motion kind : motions) {
        values[static_cast<std::size_t>(kind)].push_back(
            bandwidth_of(memory, bytes, kind, plan_.least_moved));
      }
    }
    return {bench::estimate_median(std::move(values[0])),
            bench::estimate_median(std::move(values[1])),
            bench::estimate_median(std::move(values[2]))};
  }

  result<void> touch_first() {
    const unsigned cpu_node = study_.cores.front().node;
    for (const unsigned node : memory_nodes_) {
      for (const page_kind pages : {page_kind::small, page_kind::huge}) {
        if (by_.stop()) return interrupted();
        by_.tell("memory: first touch");
        const auto done = on_core(machine_, {study_.cores.front().id, node},
                                  [&] { return touch_pages(cpu_node, node, pages); });
        if (!done) return done;
      }
    }
    return {};
  }

  /// Fresh memory each time: a page is touched first once.
  result<void> touch_pages(unsigned cpu_node, unsigned node, page_kind pages) {
    const std::uint64_t page = pages == page_kind::huge ? huge_page_bytes : small_page_bytes;
    std::vector<double> values;
    for (unsigned i = 0; i < plan_.repeats; ++i) {
      auto memory = arena::reserve(touched_bytes_, pages);
      if (!memory) return memory.error();
      const auto began = read_clock();
      memory.value().touch();
      const auto took = read_clock() - began;
      // Small pages where huge ones were asked for say nothing of huge ones.
      if (pages == page_kind::huge && memory.value().huge_share() < 0.9) continue;
      values.push_back(static_cast<double>(took.count()) /
                       static_cast<double>(touched_bytes_ / page));
    }
    if (values.empty()) return {};
    found_.touches.push_back(
        {pages, cpu_node, node, page, bench::estimate_median(std::move(values))});
    return {};
  }

  result<void> fill_matrix() {
    const auto rows = cpu_nodes();
    const bool many = rows.size() * memory_nodes_.size() > cells_in_full;
    const std::uint64_t bytes =
        many ? std::min(found_.largest_bytes, each_of_many_bytes * 2) : found_.largest_bytes;
    for (const unsigned memory_node : memory_nodes_) {
      for (const unsigned cpu_node : rows) {
        if (by_.stop()) return interrupted();
        by_.tell("memory: cores of node " + std::to_string(cpu_node) + ", memory of node " +
                 std::to_string(memory_node));
        if (auto done = fill_cell(cpu_node, memory_node, bytes); !done) return done;
      }
    }
    return {};
  }

  result<void> fill_cell(unsigned cpu_node, unsigned memory_node, std::uint64_t bytes) {
    const auto cpus = cores_of(cpu_node);
    memory_cell cell{.cpu_node = cpu_node,
                     .memory_node = memory_node,
                     .cpu = cpus.front(),
                     .cores = static_cast<unsigned>(cpus.size())};
    const auto alone = on_core(machine_, {cell.cpu, memory_node}, [&]() -> result<void> {
      auto memory = arena::reserve(bytes, page_kind::huge);
      if (!memory) return memory.error();
      memory.value().touch();
      cell.placed = memory.value().share_on(memory_node).value_or(-1);
      cell.latency_ns = latency_in(memory.value(), bytes);
      cell.alone = bandwidth_in(memory.value(), bytes);
      return {};
    });
    if (!alone) return alone;
    const auto all = bandwidth_together(machine_, cpus, memory_node, each_of_many(cpus, bytes),
                                        plan_.repeats, by_.stop);
    if (!all) return all.error();
    const auto& values = all.value();
    cell.together = {bench::estimate_median(values[0]), bench::estimate_median(values[1]),
                     bench::estimate_median(values[2])};
    found_.matrix.push_back(cell);
    return {};
  }

  /// All of them together shall not need more than the largest working set, twice.
  [[nodiscard]] static std::uint64_t each_of_many(const topology::cpu_list& cpus,
                                                  std::uint64_t bytes) noexcept {
    const std::uint64_t share = std::max(2 * bytes / cpus.size(), huge_page_bytes);
    return std::min(share, each_of_many_bytes) / huge_page_bytes * huge_page_bytes;
  }

  void say_what_is_unseen() {
    auto& unseen = study_.unseen;
    if (memory_nodes_.size() < 2) {
      unseen.push_back(
          "Memory of another node: this machine has one NUMA node, so what a remote "
          "one costs was not there to measure.");
    }
    const std::uint64_t cache = last_level_bytes(study_.cores);
    if (cache == 0) {
      unseen.push_back("Cache sizes: the kernel does not say them.");
    } else if (found_.largest_bytes < 4 * cache) {
      unseen.push_back("Memory beyond all caches: the last level is said to have " +
                       size_text(cache) + ", and the largest working set here was " +
                       size_text(found_.largest_bytes) +
                       ", some or all of which it may hold. --full takes up to 2 GiB.");
    }
    const bool huge = std::any_of(
        found_.latency.begin(), found_.latency.end(),
        [](const latency_curve& c) { return c.pages == page_kind::huge && c.huge_share > 0.9; });
    if (!huge) {
      unseen.push_back(
          "Huge pages: the kernel gave none (see transparent_hugepage/enabled), so "
          "all figures have what the TLB misses in them.");
    }
    const bool told = std::all_of(found_.matrix.begin(), found_.matrix.end(),
                                  [](const memory_cell& c) { return c.placed >= 0; });
    if (!told) {
      unseen.push_back(
          "Where pages lie: the kernel does not say (move_pages is refused), so that "
          "they lie where they should was not checked.");
    }
  }

  const topology::machine& machine_;
  const plan& plan_;
  const watch& by_;
  study& study_;
  memory_findings& found_;
  std::vector<unsigned> memory_nodes_;
  std::uint64_t touched_bytes_ = 0;  ///< of one first touch
};

}  // namespace

result<void> measure_memory(const topology::machine& machine, const plan& what, const watch& by,
                            study& into) {
  return memory_part(machine, what, by, into).run();
}

}  // namespace shoal::numa
