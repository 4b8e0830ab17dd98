#include "topology/unit.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include "topology/text.h"

namespace shoal::topology {
namespace {

constexpr std::string_view group_prefix = "core-group:";
constexpr std::array<std::string_view, 5> kinds = {"numa", "llc", "package", "core-group", "none"};

std::vector<core> pick(const machine& m, const cpu_list& cpus) {
  std::vector<core> picked;
  for (const core& c : m.cores) {
    if (contains(cpus, c.id)) picked.push_back(c);
  }
  return picked;
}

unit finish(unsigned id, std::vector<core> cores) {
  std::sort(cores.begin(), cores.end(), [](const core& a, const core& b) { return a.id < b.id; });
  unit made{.id = id, .cores = std::move(cores), .nodes = {}};
  for (const core& c : made.cores) made.nodes.push_back(c.node);
  std::sort(made.nodes.begin(), made.nodes.end());
  made.nodes.erase(std::unique(made.nodes.begin(), made.nodes.end()), made.nodes.end());
  return made;
}

unsigned key_of(const core& c, unit_kind kind) noexcept {
  if (kind == unit_kind::numa) return c.node;
  if (kind == unit_kind::llc) return c.llc;
  if (kind == unit_kind::package) return c.package;
  return 0;
}

std::vector<unit> groups_of(std::vector<core> cores, unsigned size) {
  std::sort(cores.begin(), cores.end(), [](const core& a, const core& b) {
    return std::tuple(a.node, a.physical, a.thread) < std::tuple(b.node, b.physical, b.thread);
  });
  std::vector<unit> groups;
  std::vector<core> open;
  for (std::size_t i = 0; i < cores.size(); ++i) {
    open.push_back(cores[i]);
    const bool last = i + 1 == cores.size() || cores[i + 1].node != cores[i].node;
    if (open.size() < size && !last) continue;
    groups.push_back(finish(static_cast<unsigned>(groups.size()), std::exchange(open, {})));
  }
  return groups;
}

}  // namespace

std::string unit_choice::show() const {
  const auto name = kinds[static_cast<std::size_t>(kind)];
  if (kind != unit_kind::core_group) return std::string(name);
  return std::string(group_prefix) + std::to_string(cores);
}

std::optional<unit_choice> parse_unit(std::string_view text) noexcept {
  if (text.starts_with(group_prefix)) {
    const auto cores = parse_number<unsigned>(text.substr(group_prefix.size()));
    if (!cores || *cores == 0 || *cores > max_cpus) return std::nullopt;
    return unit_choice{unit_kind::core_group, *cores};
  }
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const auto kind = static_cast<unit_kind>(i);
    if (kinds[i] == text && kind != unit_kind::core_group) return unit_choice{kind};
  }
  return std::nullopt;
}

std::string_view name_of(unit_kind kind) noexcept {
  constexpr std::array<std::string_view, 5> names = {"NUMA node", "last-level cache", "socket",
                                                     "core group", "machine"};
  return names[static_cast<std::size_t>(kind)];
}

cpu_list unit::cpus() const {
  cpu_list ids;
  for (const core& c : cores) ids.push_back(c.id);
  return ids;
}

std::vector<unit> units_of(const machine& m, const cpu_list& usable, const unit_choice& choice) {
  auto cores = pick(m, usable);
  if (choice.kind == unit_kind::core_group) return groups_of(std::move(cores), choice.cores);
  std::map<unsigned, std::vector<core>> parts;
  for (const core& c : cores) parts[key_of(c, choice.kind)].push_back(c);
  std::vector<unit> units;
  for (auto& [id, part] : parts) units.push_back(finish(id, std::move(part)));
  std::sort(units.begin(), units.end(), [](const unit& a, const unit& b) {
    return std::pair(a.nodes.front(), a.cores.front().id) <
           std::pair(b.nodes.front(), b.cores.front().id);
  });
  return units;
}

cpu_list limit_threads(const machine& m, const cpu_list& usable, unsigned most) {
  if (most == 0) return usable;
  std::map<unsigned, unsigned> taken;  // of each physical core
  cpu_list left;
  for (const core& c : pick(m, usable)) {
    if (taken[c.physical]++ < most) left.push_back(c.id);
  }
  return left;
}

std::vector<unsigned> order_of(const unit& u, core_order order) {
  auto cores = u.cores;
  std::sort(cores.begin(), cores.end(), [](const core& a, const core& b) {
    return std::pair(a.thread, a.id) < std::pair(b.thread, b.id);
  });
  std::map<unsigned, unsigned> seen;
  std::vector<std::pair<unsigned, std::size_t>> ranked;  // what counts more, then the place so far
  for (std::size_t i = 0; i < cores.size(); ++i) {
    const unsigned node = cores[i].node;
    const unsigned in_node = seen[node]++;
    const bool rounds = order == core_order::round_the_nodes;
    ranked.emplace_back(order == core_order::physical_first ? 0 : rounds ? in_node : node, i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<unsigned> ids;
  for (const auto& [rank, at] : ranked) ids.push_back(cores[at].id);
  return ids;
}

}  // namespace shoal::topology
