// On which NUMA nodes the pages that the calling thread touches first shall lie. Set it right after
// fork, before the allocations that matter: pages that exist stay where they are.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "topology/machine.h"

namespace shoal::topology {

enum class memory_policy {
  local,       ///< the kernel's own: where the thread runs that touches a page first
  preferred,   ///< there if there is room, else anywhere: never fails for lack of memory
  bind,        ///< there and nowhere else: the kernel kills rather than go elsewhere
  interleave,  ///< page by page over all of them
  weighted     ///< likewise, in proportion to the kernel's weights of the nodes (Linux 6.9)
};

[[nodiscard]] std::string_view name_of(memory_policy policy) noexcept;

/// Of the names of options, "default" stands for `local`.
[[nodiscard]] std::optional<memory_policy> parse_memory_policy(std::string_view name) noexcept;

/// What a node process does about its memory.
struct memory_place {
  memory_policy policy = memory_policy::local;
  std::vector<unsigned> nodes;  ///< ids, ascending; empty for `local`

  /// "bind to NUMA node 1", "interleave over NUMA nodes 0-1", "default".
  [[nodiscard]] std::string show() const;
  bool operator==(const memory_place&) const = default;
};

/// For the calling thread, and threads and processes it starts later. Nothing to do on a machine
/// with one node, and for `local`. Refusal is a result to log that names the cure (EPERM under some
/// seccomp filters, EINVAL by a kernel that has no such policy or a cpuset without such nodes);
/// callers go on.
[[nodiscard]] result<void> set_memory_policy(const machine& m, const memory_place& where);

/// For pages that are not there yet, whoever touches them: of shared memory. `data` is the begin of
/// a page. As set_memory_policy() otherwise.
[[nodiscard]] result<void> place_pages(const machine& m, std::byte* data, std::size_t bytes,
                                       const memory_place& where);

}  // namespace shoal::topology
