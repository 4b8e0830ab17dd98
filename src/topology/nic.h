// Network devices as the kernel shows them: on which NUMA node, with how many queues, and which
// core an interrupt of theirs goes to, which is where the kernel's part of a packet's work is done.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "topology/cpu_list.h"

namespace shoal::topology {

struct nic_interrupt {
  unsigned number = 0;
  std::string name;    ///< what its driver calls it: "eth0-TxRx-3"; "" if that is not to be read
  cpu_list cpus;       ///< where it goes; where it may go, if the kernel says no more
  bool rx = false;     ///< its name says that it is one of a queue that receives
  bool tx = false;     ///< ... or sends; many do both
  unsigned queue = 0;  ///< if rx or tx
};

struct nic {
  std::string name;
  std::string driver;            ///< "mlx5_core"; "" where the kernel does not say
  std::optional<unsigned> node;  ///< nullopt: the kernel does not say, as in most guests
  unsigned rx_queues = 0;
  unsigned tx_queues = 0;
  std::vector<nic_interrupt> interrupts;  ///< ascending by number
};

/// Those of <root>/sys/class/net that are devices (loopback, bridges and the like are none),
/// ascending by name. Names of interrupts are read from sys/kernel/irq: /proc/interrupts has them
/// too, in a table that is megabytes on large machines. Files that are missing leave things
/// unsaid; what does not parse is an error that names the file.
[[nodiscard]] result<std::vector<nic>> read_nics(const std::string& root = "/");

/// Sets rx, tx and queue by what drivers are known to write: "eth0-TxRx-3", "mlx5_comp3@pci:...",
/// "virtio0-input.0", "ens5-Tx-Rx-1", "eth0-rx-2".
void tell_queue(nic_interrupt& interrupt);

}  // namespace shoal::topology
