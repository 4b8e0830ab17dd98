#include "topology/memory_policy.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace shoal::topology {
namespace {

// CONFIG_NODES_SHIFT is 10 at most.
constexpr unsigned nodes_max = 1024;
constexpr unsigned word_bits = 8 * sizeof(unsigned long);

}  // namespace

result<void> set_memory_policy(const machine& m, memory_policy policy, unsigned node) {
  if (m.nodes.size() == 1) return {};
  if (node >= nodes_max)
    return error{EINVAL, "no memory policy for NUMA node " + std::to_string(node)};
  std::array<unsigned long, nodes_max / word_bits> mask{};
  mask[node / word_bits] = 1UL << (node % word_bits);
  // Static: the number means this node even if the cpuset's nodes change later.
  const int mode =
      (policy == memory_policy::bind ? MPOL_BIND : MPOL_PREFERRED) | MPOL_F_STATIC_NODES;
  // The kernel reads one bit less than it is told.
  if (::syscall(SYS_set_mempolicy, mode, mask.data(), nodes_max + 1) != 0)
    return system_error(errno, "cannot prefer the memory of NUMA node " + std::to_string(node));
  return {};
}

}  // namespace shoal::topology
