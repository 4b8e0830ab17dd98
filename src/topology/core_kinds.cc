#include "topology/core_kinds.h"

#include <algorithm>

#include "topology/text.h"

namespace shoal::topology {
namespace {

void set_kind(std::vector<core>& cores, const cpu_list& which, core_kind kind) {
  for (core& c : cores) {
    if (contains(which, c.id)) c.kind = kind;
  }
}

/// What x86 says. False: nothing.
result<bool> tell_by_units(const std::string& root, std::vector<core>& cores) {
  const std::string devices = root + "/sys/devices/";
  const auto fast = read_cpu_list_if_there(devices + "cpu_core/cpus");
  if (!fast) return fast.error();
  const auto frugal = read_cpu_list_if_there(devices + "cpu_atom/cpus");
  if (!frugal) return frugal.error();
  if (!fast.value() || !frugal.value()) return false;
  set_kind(cores, *fast.value(), core_kind::performance);
  set_kind(cores, *frugal.value(), core_kind::efficiency);
  return true;
}

/// 0 where the kernel does not say.
result<unsigned> read_capacity(const std::string& root, unsigned id) {
  const std::string path =
      root + "/sys/devices/system/cpu/cpu" + std::to_string(id) + "/cpu_capacity";
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return 0U;
  const auto capacity = parse_number<std::uint16_t>(trim(*text.value()));
  if (!capacity) return not_a("capacity", path, *text.value());
  return unsigned{*capacity};
}

}  // namespace

result<void> tell_core_kinds(const std::string& root, std::vector<core>& cores) {
  const auto told = tell_by_units(root, cores);
  if (!told) return told.error();
  if (told.value()) return {};
  std::vector<unsigned> capacities;
  for (const core& c : cores) {
    const auto capacity = read_capacity(root, c.id);
    if (!capacity) return capacity.error();
    if (capacity.value() == 0) return {};
    capacities.push_back(capacity.value());
  }
  const auto [least, greatest] = std::minmax_element(capacities.begin(), capacities.end());
  if (*least * 4 >= *greatest * 3) return {};
  for (std::size_t i = 0; i < cores.size(); ++i) {
    cores[i].kind = capacities[i] * 4 < *greatest * 3 ? core_kind::efficiency  //
                                                      : core_kind::performance;
  }
  return {};
}

}  // namespace shoal::topology
