// What `shoal doctor` knows about the machine: what files below a root say, without judging it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "topology/cpu_limits.h"
#include "topology/machine.h"

namespace shoal::tool {

/// What a cgroup allows, and the file that says so; of it and all above it the narrowest.
struct cgroup_limit {
  std::uint64_t amount = 0;
  std::string file;
};

struct port_range {
  unsigned first = 0;
  unsigned last = 0;
};

/// Cores that change their frequency in one way.
struct frequency_policy {
  topology::cpu_list cpus;
  std::string driver;    ///< "intel_pstate"
  std::string governor;  ///< "powersave"
};

/// Nothing, or "", is what the tree does not say.
struct machine_facts {
  topology::machine machine;
  topology::limits limits;
  std::string kernel;  ///< "6.1.0-13-amd64"

  std::optional<std::uint64_t> somaxconn;
  std::optional<std::uint64_t> max_syn_backlog;
  std::optional<std::uint64_t> syncookies;
  std::optional<std::uint64_t> first_free_port;  ///< below it a port takes a capability
  std::optional<port_range> outgoing_ports;      ///< what the kernel gives connections of ours
  std::string reserved_ports;                    ///< and those it does not: "8080,9000-9010"

  std::optional<std::uint64_t> descriptors;  ///< the hard limit; a server raises the soft one to it
  std::optional<std::uint64_t> capabilities;  ///< effective ones, as bits

  std::optional<cgroup_limit> tasks;   ///< threads, of all processes together
  std::optional<cgroup_limit> memory;  ///< bytes
  std::string dies_as_one;  ///< the memory.oom.group that has the whole cgroup killed at once

  std::string clock;                ///< "tsc"
  std::vector<std::string> clocks;  ///< what it could be
  std::vector<frequency_policy> frequencies;

  std::string control_directory;  ///< where `--control auto` finds room
};

/// Reads <root>/proc and <root>/sys. Errors: the machine itself is not described, or a file holds
/// what no kernel writes; it is named.
[[nodiscard]] result<machine_facts> read_facts(const std::string& root);

}  // namespace shoal::tool
