#include "numa/on_core.h"

#include <thread>

#include "topology/memory_policy.h"
#include "topology/pin.h"

namespace shoal::numa {
namespace {

result<void> settled(const topology::machine& machine, const spot& where,
                     const std::function<result<void>()>& work) {
  if (auto pinned = topology::pin_this_thread(where.cpu); !pinned) return pinned;
  const auto bound =
      topology::set_memory_policy(machine, {topology::memory_policy::bind, {where.memory_node}});
  return bound ? work() : bound;
}

}  // namespace

result<void> on_core(const topology::machine& machine, const spot& where,
                     const std::function<result<void>()>& work) {
  result<void> outcome;
  std::thread([&] { outcome = settled(machine, where, work); }).join();
  return outcome;
}

}  // namespace shoal::numa
