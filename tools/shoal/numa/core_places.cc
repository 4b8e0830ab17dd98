#include "numa/core_places.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "topology/text.h"

namespace shoal::numa {
namespace {

constexpr unsigned most_caches = 16;

/// "48K", "480M": as /sys has it.
std::uint64_t bytes_in(std::string_view text) noexcept {
  std::uint64_t factor = 1;
  if (text.ends_with('K')) factor = 1024;
  if (text.ends_with('M')) factor = 1024 * 1024;
  if (factor > 1) text.remove_suffix(1);
  return topology::parse_number<std::uint64_t>(text).value_or(0) * factor;
}

std::optional<cache_level> read_cache(const std::string& directory) {
  if (topology::read_what_is_there(directory + "/type") == "Instruction") return std::nullopt;
  const auto level =
      topology::parse_number<unsigned>(topology::read_what_is_there(directory + "/level"));
  const auto bytes = bytes_in(topology::read_what_is_there(directory + "/size"));
  const auto shared =
      topology::parse_cpu_list(topology::read_what_is_there(directory + "/shared_cpu_list"));
  if (!level || bytes == 0) return std::nullopt;
  const std::size_t cores = shared ? std::max<std::size_t>(shared->size(), 1) : 1;
  return cache_level{*level, bytes, static_cast<unsigned>(cores)};
}

std::vector<cache_level> read_caches(const std::string& cpu) {
  std::vector<cache_level> all;
  for (unsigned i = 0; i < most_caches; ++i) {
    if (auto found = read_cache(cpu + "/cache/index" + std::to_string(i))) all.push_back(*found);
  }
  std::sort(all.begin(), all.end(), [](const cache_level& one, const cache_level& other) {
    return one.level < other.level;
  });
  return all;
}

}  // namespace

std::vector<core_place> read_core_places(const topology::machine& machine,
                                         const topology::cpu_list& able,
                                         const std::string& given_root) {
  const std::string root = topology::root_prefix(given_root);
  std::vector<core_place> all;
  for (const topology::core& core : machine.cores) {
    if (!topology::contains(able, core.id)) continue;
    const std::string cpu = root + "/sys/devices/system/cpu/cpu" + std::to_string(core.id);
    all.push_back({core.id, core.node, core.package, core.llc, core.physical, read_caches(cpu)});
  }
  return all;
}

std::uint64_t last_level_bytes(const std::vector<core_place>& cores) noexcept {
  std::uint64_t most = 0;
  for (const core_place& core : cores) {
    if (!core.caches.empty()) most = std::max(most, core.caches.back().bytes);
  }
  return most;
}

nearness nearness_of(const core_place& a, const core_place& b) noexcept {
  if (a.physical == b.physical) return nearness::siblings;
  if (a.llc == b.llc) return nearness::cache;
  if (a.node == b.node) return nearness::node;
  return a.package == b.package ? nearness::package : nearness::apart;
}

const char* name_of(nearness how) noexcept {
  switch (how) {
    case nearness::siblings:
      return "threads of one core";
    case nearness::cache:
      return "same last-level cache";
    case nearness::node:
      return "same node, other cache";
    case nearness::package:
      return "same socket, other node";
    case nearness::apart:
      return "other socket";
  }
  return "";
}

}  // namespace shoal::numa
