#include "topology/hwloc_reader.h"

#include <hwloc.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>

#include "base/check.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

struct destroy_topology {
  void operator()(hwloc_topology* t) const noexcept { hwloc_topology_destroy(t); }
};
using topology_handle = std::unique_ptr<hwloc_topology, destroy_topology>;

/// An environment variable that has another value for a while.
class variable final {
 public:
  variable(const char* name, const std::string& value) : name_(name) {
    if (const char* const before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
  }
  ~variable() {
    if (before_) {
      ::setenv(name_, before_->c_str(), 1);
    } else {
      ::unsetenv(name_);
    }
  }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

/// With all cores, whatever this process may use of them: that is read elsewhere.
topology_handle make_topology() {
  hwloc_topology_t t = nullptr;
  SHOAL_CHECK(hwloc_topology_init(&t) == 0);
  hwloc_topology_set_flags(t, HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED);
  return topology_handle(t);
}

/// 0 where hwloc does not know.
unsigned index_of(hwloc_obj_t object) {
  return object == nullptr || object->os_index == HWLOC_UNKNOWN_INDEX ? 0 : object->os_index;
}

unsigned lowest(hwloc_obj_t object) {
  return static_cast<unsigned>(hwloc_bitmap_first(object->cpuset));
}

unsigned last_level_cache_of(hwloc_obj_t unit, unsigned otherwise) {
  unsigned found = otherwise;
  for (hwloc_obj_t at = unit->parent; at != nullptr; at = at->parent) {
    if (hwloc_obj_type_is_dcache(at->type)) found = lowest(at);
  }
  return found;
}

/// How many of the same physical core come before it.
unsigned place_among_threads(hwloc_obj_t physical, unsigned id) {
  unsigned place = 0;
  for (int other = hwloc_bitmap_first(physical->cpuset); static_cast<unsigned>(other) < id;
       other = hwloc_bitmap_next(physical->cpuset, other)) {
    ++place;
  }
  return place;
}

core core_of(hwloc_topology_t t, hwloc_obj_t unit) {
  core found{.id = unit->os_index, .physical = unit->os_index};
  found.node = static_cast<unsigned>(std::max(hwloc_bitmap_first(unit->nodeset), 0));
  found.package = index_of(hwloc_get_ancestor_obj_by_type(t, HWLOC_OBJ_PACKAGE, unit));
  found.llc = last_level_cache_of(unit, found.package);
  if (hwloc_obj_t physical = hwloc_get_ancestor_obj_by_type(t, HWLOC_OBJ_CORE, unit)) {
    found.physical = lowest(physical);
    found.thread = place_among_threads(physical, found.id);
  }
  return found;
}

/// Kinds are ranked, the most frugal first; nobody has ranked them if that is not known.
void tell_kinds(hwloc_topology_t t, std::vector<core>& cores) {
  const int kinds = hwloc_cpukinds_get_nr(t, 0);
  if (kinds < 2) return;
  const std::unique_ptr<hwloc_bitmap_s, void (*)(hwloc_bitmap_t)> members(hwloc_bitmap_alloc(),
                                                                          hwloc_bitmap_free);
  SHOAL_CHECK(members != nullptr);
  for (int kind = 0; kind < kinds; ++kind) {
    int efficiency = -1;
    hwloc_cpukinds_get_info(t, static_cast<unsigned>(kind), members.get(), &efficiency, nullptr,
                            nullptr, 0);
    if (efficiency < 0) return;
    for (core& c : cores) {
      if (hwloc_bitmap_isset(members.get(), c.id))
        c.kind = kind + 1 == kinds ? core_kind::performance : core_kind::efficiency;
    }
  }
}

numa_node node_of(hwloc_obj_t object, const std::vector<core>& cores) {
  const auto& memory = object->attr->numanode;
  numa_node found{.id = object->os_index, .memory_bytes = memory.local_memory};
  for (const core& c : cores) {
    if (c.node == found.id) found.cpus.push_back(c.id);
  }
  for (unsigned i = 1; i < memory.page_types_len; ++i)  // the first is the ordinary size
    found.huge_pages.push_back({memory.page_types[i].size, memory.page_types[i].count, {}});
  return found;
}

void read_distances(hwloc_topology_t t, std::vector<numa_node>& nodes) {
  unsigned count = 1;
  hwloc_distances_s* matrix = nullptr;
  hwloc_distances_get_by_type(t, HWLOC_OBJ_NUMANODE, &count, &matrix,
                              HWLOC_DISTANCES_KIND_MEANS_LATENCY, 0);
  if (count == 0 || matrix == nullptr) return;
  const std::unique_ptr<hwloc_distances_s, std::function<void(hwloc_distances_s*)>> held(
      matrix, [t](hwloc_distances_s* done) { hwloc_distances_release(t, done); });
  if (matrix->nbobjs != nodes.size()) return;
  const auto place_of = [&](unsigned i) {
    return std::find_if(nodes.begin(), nodes.end(), [&](const numa_node& node) {
      return node.id == matrix->objs[i]->os_index;
    });
  };
  for (unsigned from = 0; from < matrix->nbobjs; ++from) {
    auto& distances = place_of(from)->distances;
    distances.resize(nodes.size());
    for (unsigned to = 0; to < matrix->nbobjs; ++to) {
      const auto at = static_cast<std::size_t>(place_of(to) - nodes.begin());
      distances[at] = static_cast<unsigned>(matrix->values[from * matrix->nbobjs + to]);
    }
  }
}

result<machine> read_loaded(hwloc_topology_t t, const std::string& what) {
  machine m;
  for (hwloc_obj_t unit = nullptr;
       (unit = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_PU, unit)) != nullptr;) {
    if (unit->os_index >= max_cpus)
      return error{0, what + ": more than " + std::to_string(max_cpus) + " cores"};
    m.cores.push_back(core_of(t, unit));
  }
  if (m.cores.empty()) return error{0, what + ": no cores"};
  std::sort(m.cores.begin(), m.cores.end(),
            [](const core& a, const core& b) { return a.id < b.id; });
  tell_kinds(t, m.cores);
  for (hwloc_obj_t node = nullptr;
       (node = hwloc_get_next_obj_by_type(t, HWLOC_OBJ_NUMANODE, node)) != nullptr;) {
    m.nodes.push_back(node_of(node, m.cores));
  }
  std::sort(m.nodes.begin(), m.nodes.end(),
            [](const numa_node& a, const numa_node& b) { return a.id < b.id; });
  read_distances(t, m.nodes);
  return m;
}

/// How many cores a description would make: the product of its numbers, without what stands in
/// brackets. hwloc would make them all before anybody could count them.
std::uint64_t size_of(std::string_view description) {
  std::uint64_t product = 1;
  int depth = 0;
  for (std::size_t i = 0; i < description.size(); ++i) {
    const char c = description[i];
    depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
    const bool begins = i == 0 || description[i - 1] == ' ' || description[i - 1] == ':';
    if (depth != 0 || !begins || c < '0' || c > '9') continue;
    const auto digits = description.substr(i, description.find_first_not_of("0123456789", i) - i);
    product *= std::min<std::uint64_t>(parse_number<std::uint64_t>(digits).value_or(max_cpus + 1),
                                       max_cpus + 1);
    product = std::min<std::uint64_t>(product, max_cpus + 1);
  }
  return product;
}

}  // namespace

result<machine> read_synthetic(const std::string& description) {
  const std::string what = '"' + description + '"';
  if (size_of(description) > max_cpus)
    return error{0, what + ": more than " + std::to_string(max_cpus) + " cores"};
  const auto t = make_topology();
  if (hwloc_topology_set_synthetic(t.get(), description.c_str()) != 0 ||
      hwloc_topology_load(t.get()) != 0)
    return error{0, what +
                        " is no topology: \"numa:4 core:8 pu:2\" would be four nodes, in each "
                        "eight cores of two threads"};
  return read_loaded(t.get(), what);
}

result<machine> read_hwloc_xml(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return system_error(errno, path);
  const auto t = make_topology();
  if (hwloc_topology_set_xml(t.get(), path.c_str()) != 0 || hwloc_topology_load(t.get()) != 0)
    return error{0, path + ": not a topology that lstopo --of xml has written"};
  return read_loaded(t.get(), path);
}

result<machine> read_tree_with_hwloc(const std::string& root) {
  if (::access(root.c_str(), R_OK | X_OK) != 0) return system_error(errno, root);
  // What the files say and nothing else: no CPUID of this machine, no devices.
  const variable only("HWLOC_COMPONENTS", "linux,stop");
  const variable where("HWLOC_FSROOT", root);
  const auto t = make_topology();
  if (hwloc_topology_load(t.get()) != 0) return error{0, root + ": hwloc finds no machine there"};
  return read_loaded(t.get(), root);
}

}  // namespace shoal::topology
