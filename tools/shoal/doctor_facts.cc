#include "doctor_facts.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cluster/control/control_place.h"
#include "topology/cgroups.h"
#include "topology/text.h"

namespace shoal::tool {
namespace {

namespace fs = std::filesystem;
using topology::parse_number;
using topology::read_what_is_there;
using topology::take_word;
using topology::trim;

std::optional<std::uint64_t> number_of(const std::string& path) {
  return parse_number<std::uint64_t>(read_what_is_there(path));
}

/// Behind the name at a line's beginning: "CapEff:" in /proc/self/status.
std::string_view field_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) return trim(line.substr(name.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

std::optional<port_range> read_ports(const std::string& path) {
  const auto text = read_what_is_there(path);
  std::string_view rest = text;
  const auto first = parse_number<unsigned>(take_word(rest));
  const auto last = parse_number<unsigned>(take_word(rest));
  if (!first || !last) return std::nullopt;
  return port_range{*first, *last};
}

void read_network(const std::string& root, machine_facts& facts) {
  const std::string net = root + "/proc/sys/net/";
  facts.somaxconn = number_of(net + "core/somaxconn");
  facts.max_syn_backlog = number_of(net + "ipv4/tcp_max_syn_backlog");
  facts.syncookies = number_of(net + "ipv4/tcp_syncookies");
  facts.first_free_port = number_of(net + "ipv4/ip_unprivileged_port_start");
  facts.outgoing_ports = read_ports(net + "ipv4/ip_local_port_range");
  facts.reserved_ports = read_what_is_there(net + "ipv4/ip_local_reserved_ports");
}

/// "Max open files            1024                 524288               files"
std::optional<std::uint64_t> read_descriptors(const std::string& root) {
  const auto text = read_what_is_there(root + "/proc/self/limits");
  auto rest = field_of(text, "Max open files");
  static_cast<void>(take_word(rest));  // the soft limit
  return parse_number<std::uint64_t>(take_word(rest));
}

std::optional<std::uint64_t> read_capabilities(std::string_view status) {
  const auto text = field_of(status, "CapEff:");
  std::uint64_t bits = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, bits, 16);
  if (text.empty() || failure != std::errc{} || stop != end) return std::nullopt;
  return bits;
}

topology::cpu_list affinity_of(std::string_view status, const topology::machine& machine) {
  const auto cpus = topology::parse_cpu_list(field_of(status, "Cpus_allowed_list:"));
  return cpus && !cpus->empty() ? *cpus : machine.cpus();
}

void narrow(std::optional<cgroup_limit>& limit, std::string file) {
  const auto amount = number_of(file);  // "max" is no number, and none
  if (amount && (!limit || *amount < limit->amount)) limit = cgroup_limit{*amount, std::move(file)};
}

result<void> read_cgroup(const std::string& root, machine_facts& facts) {
  const auto directories = topology::cgroup_directories(root);
  if (!directories) return directories.error();
  for (const auto& directory : directories.value()) {
    narrow(facts.tasks, directory + "/pids.max");
    narrow(facts.memory, directory + "/memory.max");
    auto group = directory + "/memory.oom.group";
    if (number_of(group) == 1) facts.dies_as_one = std::move(group);
  }
  return {};
}

void read_clock_source(const std::string& root, machine_facts& facts) {
  const std::string directory = root + "/sys/devices/system/clocksource/clocksource0/";
  facts.clock = read_what_is_there(directory + "current_clocksource");
  const auto all = read_what_is_there(directory + "available_clocksource");
  std::string_view rest = all;
  for (auto one = take_word(rest); !one.empty(); one = take_word(rest)) {
    facts.clocks.emplace_back(one);
  }
}

/// The cores that share a policy are named in the same words, so that a machine of 256 is a line.
void read_frequencies(const std::string& root, machine_facts& facts) {
  for (const auto& core : facts.machine.cores) {
    const std::string directory =
        root + "/sys/devices/system/cpu/cpu" + std::to_string(core.id) + "/cpufreq/";
    auto governor = read_what_is_there(directory + "scaling_governor");
    if (governor.empty()) continue;  // a guest, mostly
    auto driver = read_what_is_there(directory + "scaling_driver");
    auto same = std::find_if(
        facts.frequencies.begin(), facts.frequencies.end(),
        [&](const auto& one) { return one.driver == driver && one.governor == governor; });
    if (same == facts.frequencies.end()) {
      same = facts.frequencies.insert(same, {{}, std::move(driver), std::move(governor)});
    }
    same->cpus.push_back(core.id);
  }
}

/// One that can be written, or made.
bool has_room(const fs::path& directory) {
  std::error_code unknown;
  const auto at = fs::exists(directory, unknown) ? directory : directory.parent_path();
  return ::access(at.c_str(), W_OK | X_OK) == 0;
}

std::string find_control_directory(const std::string& root) {
  for (const auto& directory : cluster::control_directories(std::getenv("XDG_RUNTIME_DIR"))) {
    if (has_room(root + directory)) return directory;
  }
  return {};
}

}  // namespace

result<machine_facts> read_facts(const std::string& given_root) {
  const std::string root = topology::root_prefix(given_root);
  auto machine = topology::read_machine(given_root);
  if (!machine) return machine.error();
  const auto status = read_what_is_there(root + "/proc/self/status");
  auto limits = topology::read_limits(given_root, affinity_of(status, machine.value()));
  if (!limits) return limits.error();
  machine_facts facts{.machine = std::move(machine).value(), .limits = std::move(limits).value()};
  facts.kernel = read_what_is_there(root + "/proc/sys/kernel/osrelease");
  facts.descriptors = read_descriptors(root);
  facts.capabilities = read_capabilities(status);
  read_network(root, facts);
  if (auto done = read_cgroup(root, facts); !done) return done.error();
  read_clock_source(root, facts);
  read_frequencies(root, facts);
  facts.control_directory = find_control_directory(root);
  return facts;
}

}  // namespace shoal::tool
