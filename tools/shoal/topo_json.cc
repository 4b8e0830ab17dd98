#include "topo_json.h"

#include "base/json_writer.h"

namespace shoal::tool {
namespace {

using topology::core_kind;

template <typename Numbers>
void member_list(json_writer& json, std::string_view name, const Numbers& numbers) {
  json.key(name);
  json.begin_array();
  for (const auto number : numbers) json.value(number);
  json.end_array();
}

template <typename T>
void member_or_null(json_writer& json, std::string_view name, const std::optional<T>& value) {
  json.key(name);
  if (value) {
    json.value(*value);
  } else {
    json.value(nullptr);
  }
}

void write_huge_pages(json_writer& json, const topology::numa_node& node) {
  json.key("huge_pages");
  json.begin_array();
  for (const auto& pool : node.huge_pages) {
    json.begin_object();
    json.member("page_bytes", pool.page_bytes);
    json.member("total", pool.total);
    member_or_null(json, "free", pool.free);
    json.end_object();
  }
  json.end_array();
}

void write_node(json_writer& json, const topology::numa_node& node,
                const std::vector<seat>& seats) {
  topology::cpu_list workers;
  for (const auto& seat : seats) {
    if (seat.place.node == node.id) workers.push_back(seat.worker);
  }
  json.begin_object();
  json.member("id", node.id);
  member_list(json, "cpus", node.cpus);
  json.member("memory_bytes", node.memory_bytes);
  member_list(json, "workers", workers);
  member_list(json, "distances", node.distances);
  write_huge_pages(json, node);
  json.end_object();
}

std::string_view name_of(core_kind kind) {
  return kind == core_kind::performance  ? "performance"
         : kind == core_kind::efficiency ? "efficiency"
                                         : "unknown";
}

void write_core(json_writer& json, const topology::core& core, const topo_view& view) {
  json.begin_object();
  json.member("id", core.id);
  json.member("node", core.node);
  json.member("package", core.package);
  json.member("cache", core.llc);
  json.member("physical", core.physical);
  json.member("thread", core.thread);
  json.member("kind", name_of(core.kind));
  json.member("allowed", is_allowed(view.limits, core.id));
  json.end_object();
}

void write_interrupt(json_writer& json, const topology::nic_interrupt& interrupt) {
  json.begin_object();
  json.member("number", interrupt.number);
  json.member("name", interrupt.name);
  member_list(json, "cpus", interrupt.cpus);
  json.member("rx", interrupt.rx);
  json.member("tx", interrupt.tx);
  const bool is_queue = interrupt.rx || interrupt.tx;
  member_or_null(json, "queue", is_queue ? std::optional(interrupt.queue) : std::nullopt);
  json.end_object();
}

void write_nic(json_writer& json, const topology::nic& nic) {
  json.begin_object();
  json.member("name", nic.name);
  json.member("driver", nic.driver);
  member_or_null(json, "node", nic.node);
  json.member("rx_queues", nic.rx_queues);
  json.member("tx_queues", nic.tx_queues);
  json.key("interrupts");
  json.begin_array();
  for (const auto& interrupt : nic.interrupts) write_interrupt(json, interrupt);
  json.end_array();
  json.end_object();
}

void write_limits(json_writer& json, const topology::limits& limits) {
  json.begin_object();
  member_list(json, "affinity", limits.affinity);
  if (limits.cpuset) {
    member_list(json, "cpuset", *limits.cpuset);
  } else {
    json.member("cpuset", nullptr);
  }
  json.member("cpuset_file", limits.cpuset_file);
  member_or_null(json, "quota_cores", limits.quota_cores);
  json.member("quota_file", limits.quota_file);
  json.end_object();
}

/// Core groups and the machine have no number of their own.
std::optional<unsigned> number_of(const topology::unit& unit, topology::unit_kind kind) {
  using enum topology::unit_kind;
  return kind == core_group || kind == none ? std::nullopt : std::optional(unit.id);
}

void write_memory(json_writer& json, const topology::memory_place& memory) {
  json.begin_object();
  json.member("policy", topology::name_of(memory.policy));
  member_list(json, "nodes", memory.nodes);
  json.end_object();
}

void write_process(json_writer& json, unsigned number, const topo_view& view,
                   const std::vector<seat>& seats) {
  const auto& place = view.plan.processes[number];
  const auto unit = unit_of(view, place);
  json.begin_object();
  json.member("process", number);
  member_or_null(json, "unit", number_of(unit, view.wish.unit.kind));
  json.member("node", place.node);
  member_list(json, "nodes", unit.nodes);
  json.key("memory");
  write_memory(json, place.memory);
  member_list(json, "cpus", place.cpus);
  json.key("workers");
  json.begin_array();
  for (const auto& seat : seats) {
    if (seat.process != number) continue;
    json.begin_object();
    json.member("worker", seat.worker);
    json.member("core", seat.place.core);
    json.member("node", seat.place.node);
    json.member("pinned", seat.place.pinned);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_plan(json_writer& json, const topo_view& view, const std::vector<seat>& seats) {
  const auto& plan = view.plan;
  json.begin_object();
  json.member("unit", view.wish.unit.show());
  json.member("placement", topology::name_of(view.wish.how));
  json.member("reason", plan.reason);
  member_list(json, "warnings", plan.warnings);
  member_list(json, "shortfalls", plan.shortfalls);
  json.key("processes");
  json.begin_array();
  for (unsigned i = 0; i < plan.processes.size(); ++i) write_process(json, i, view, seats);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(const topo_view& view) {
  const auto seats = seats_of(view.plan);
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("source", view.source);
  json.key("nodes");
  json.begin_array();
  for (const auto& node : view.machine.nodes) write_node(json, node, seats);
  json.end_array();
  json.key("cores");
  json.begin_array();
  for (const auto& core : view.machine.cores) write_core(json, core, view);
  json.end_array();
  member_list(json, "offline", view.machine.offline);
  json.key("nics");
  json.begin_array();
  for (const auto& nic : view.nics) write_nic(json, nic);
  json.end_array();
  json.key("limits");
  write_limits(json, view.limits);
  json.key("plan");
  write_plan(json, view, seats);
  json.end_object();
  return out;
}

}  // namespace shoal::tool
