#include "topology/nic.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <system_error>

#include "topology/text.h"

namespace shoal::topology {
namespace {

namespace fs = std::filesystem;

/// Names in a directory, ascending; none where there is no such directory.
std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code nothing_there;
  for (fs::directory_iterator at(directory, nothing_there), end; at != end;
       at.increment(nothing_there)) {
    names.push_back(at->path().filename().native());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// The kernel writes -1 where it does not know.
result<std::optional<unsigned>> read_node(const std::string& path) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return std::optional<unsigned>();
  const auto number = parse_number<int>(trim(*text.value()));
  if (!number || *number < -1) return not_a("node", path, *text.value());
  return *number < 0 ? std::optional<unsigned>() : static_cast<unsigned>(*number);
}

result<cpu_list> read_target(const std::string& directory) {
  for (const char* const file : {"/effective_affinity_list", "/smp_affinity_list"}) {
    const auto cpus = read_cpu_list_if_there(directory + file);
    if (!cpus) return cpus.error();
    if (cpus.value() && !cpus.value()->empty()) return *cpus.value();
  }
  return cpu_list();
}

result<std::vector<nic_interrupt>> read_interrupts(const std::string& root,
                                                   const std::string& device) {
  std::vector<nic_interrupt> interrupts;
  for (const std::string& name : names_in(device + "/msi_irqs")) {
    const auto number = parse_number<unsigned>(name);
    if (!number) continue;
    nic_interrupt one{.number = *number,
                      .name = read_what_is_there(root + "/sys/kernel/irq/" + name + "/actions")};
    auto cpus = read_target(root + "/proc/irq/" + name);
    if (!cpus) return cpus.error();
    one.cpus = std::move(cpus).value();
    tell_queue(one);
    interrupts.push_back(std::move(one));
  }
  std::sort(interrupts.begin(), interrupts.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  return interrupts;
}

void count_queues(const std::string& directory, nic& found) {
  for (const std::string& name : names_in(directory)) {
    found.rx_queues += name.starts_with("rx-");
    found.tx_queues += name.starts_with("tx-");
  }
}

/// Its device, or the one on which that stands: a virtio device has neither a node nor interrupts,
/// the PCI device that carries it has both.
std::string place_of(const std::string& device) {
  std::error_code nothing_there;
  const bool its_own = fs::exists(device + "/numa_node", nothing_there) ||
                       fs::exists(device + "/msi_irqs", nothing_there);
  return its_own ? device : device + "/..";
}

result<nic> read_nic(const std::string& root, const std::string& directory) {
  const std::string device = directory + "/device";
  nic found{.name = fs::path(directory).filename().native()};
  std::error_code nothing_there;
  found.driver = fs::read_symlink(device + "/driver", nothing_there).filename().native();
  count_queues(directory + "/queues", found);
  const auto node = read_node(place_of(device) + "/numa_node");
  if (!node) return node.error();
  found.node = node.value();
  auto interrupts = read_interrupts(root, place_of(device));
  if (!interrupts) return interrupts.error();
  found.interrupts = std::move(interrupts).value();
  return found;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace

result<std::vector<nic>> read_nics(const std::string& given_root) {
  const std::string root = root_prefix(given_root);
  const std::string all = root + "/sys/class/net";
  std::vector<nic> nics;
  std::error_code nothing_there;
  for (const std::string& name : names_in(all)) {
    if (!fs::is_directory(all + "/" + name + "/device", nothing_there)) continue;
    auto found = read_nic(root, all + "/" + name);
    if (!found) return found.error();
    nics.push_back(std::move(found).value());
  }
  return nics;
}

void tell_queue(nic_interrupt& interrupt) {
  std::string name = interrupt.name.substr(0, interrupt.name.find_first_of("@,"));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::size_t digits = name.find_last_not_of("0123456789") + 1;
  const auto number = parse_number<unsigned>(std::string_view(name).substr(digits));
  if (!number) return;
  const std::string_view kind = std::string_view(name).substr(0, digits);
  const bool both = kind.ends_with("comp");
  interrupt.rx = both || holds(kind, "rx") || kind.ends_with("input.");
  interrupt.tx = both || holds(kind, "tx") || kind.ends_with("output.");
  interrupt.queue = *number;
}

}  // namespace shoal::topology
