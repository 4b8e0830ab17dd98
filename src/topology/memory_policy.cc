#include "topology/memory_policy.h"

#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace shoal::topology {
namespace {

// CONFIG_NODES_SHIFT is 10 at most.
constexpr unsigned nodes_max = 1024;
constexpr unsigned word_bits = 8 * sizeof(unsigned long);

// Younger than the headers of Debian 12 (Linux 6.9).
constexpr int mpol_weighted_interleave = 6;

constexpr std::array<std::string_view, 5> names = {"default", "preferred", "bind", "interleave",
                                                   "weighted"};

/// One preferred node has a mode of its own: that of several is younger (Linux 5.15).
int mode_of(const memory_place& where) noexcept {
  switch (where.policy) {
    case memory_policy::preferred:
      return where.nodes.size() == 1 ? MPOL_PREFERRED : MPOL_PREFERRED_MANY;
    case memory_policy::bind:
      return MPOL_BIND;
    case memory_policy::interleave:
      return MPOL_INTERLEAVE;
    case memory_policy::weighted:
      return mpol_weighted_interleave;
    case memory_policy::local:
      break;
  }
  return MPOL_DEFAULT;
}

std::string cure_of(int failure, memory_policy policy) {
  if (failure == EPERM)
    return "; permit set_mempolicy in the seccomp profile (Docker: --cap-add SYS_NICE does), or "
           "say --memory default";
  if (failure == ENOSYS) return "; the kernel is built without CONFIG_NUMA: say --memory default";
  if (failure == EINVAL && policy == memory_policy::weighted)
    return "; weighted interleaving needs Linux 6.9: say --memory interleave";
  if (failure == EINVAL) return "; these nodes must be online and in the cgroup's cpuset.mems";
  return "";
}

/// The kernel reads one bit less than it is told.
template <typename Call>
result<void> with_mask(const machine& m, const memory_place& where, Call call) {
  if (m.nodes.size() == 1 || where.policy == memory_policy::local) return {};
  std::array<unsigned long, nodes_max / word_bits> mask{};
  for (const unsigned node : where.nodes) {
    if (node >= nodes_max)
      return error{EINVAL, "no memory policy for NUMA node " + std::to_string(node)};
    mask[node / word_bits] |= 1UL << (node % word_bits);
  }
  // Static: the numbers mean these nodes even if the cpuset's nodes change later.
  if (call(mode_of(where) | MPOL_F_STATIC_NODES, mask.data()) == 0) return {};
  auto refused = system_error(errno, "cannot set memory policy " + where.show());
  refused.message += cure_of(refused.code, where.policy);
  return refused;
}

}  // namespace

std::string_view name_of(memory_policy policy) noexcept {
  return names[static_cast<std::size_t>(policy)];
}

std::optional<memory_policy> parse_memory_policy(std::string_view name) noexcept {
  const auto* const at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<memory_policy>(at - names.begin());
}

std::string memory_place::show() const {
  if (policy == memory_policy::local) return "default";
  std::string text(name_of(policy));
  if (policy == memory_policy::bind) text += " to";
  if (policy == memory_policy::interleave || policy == memory_policy::weighted) text += " over";
  return text + (nodes.size() == 1 ? " NUMA node " : " NUMA nodes ") + format_cpu_list(nodes);
}

result<void> set_memory_policy(const machine& m, const memory_place& where) {
  return with_mask(m, where, [](int mode, const unsigned long* mask) {
    return ::syscall(SYS_set_mempolicy, mode, mask, nodes_max + 1);
  });
}

result<void> place_pages(const machine& m, std::byte* data, std::size_t bytes,
                         const memory_place& where) {
  return with_mask(m, where, [&](int mode, const unsigned long* mask) {
    return ::syscall(SYS_mbind, data, bytes, mode, mask, nodes_max + 1, 0);
  });
}

}  // namespace shoal::topology
