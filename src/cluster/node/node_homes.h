// On which NUMA node a worker's connections had better be served: where their packets come in, if
// the cluster has a process there and that is not worse off.
//
// Nodes count, and not processes or cores: on one node all share memory and mostly a cache, and a
// move within it would gain little for its price, whoever owns which core.
#pragma once

#include <vector>

#include "cluster/listen/incoming_cpu.h"
#include "dispatch/candidate.h"
#include "http/server.h"
#include "shm/load_segment.h"
#include "shm/page_tally.h"
#include "topology/machine.h"
#include "topology/placement.h"

namespace shoal::cluster {

/// Threads: its worker's.
class node_homes final : public http::packet_homes {
 public:
  /// Of a worker: a look at all slots, sixteen in a tenth of a second at most. So many leave, too.
  static constexpr unsigned most_asked = 16;
  static constexpr nanoseconds period = std::chrono::milliseconds(100);

  using look = std::optional<std::uint32_t>(int socket) noexcept;

  /// For the worker `self`, which runs on `node`, and whose looks are counted. The segment and the
  /// counts outlive it.
  node_homes(const topology::machine& machine, const topology::placement& placement,
             const shm::load_segment& segment, shm::page_tally& counts, unsigned self,
             unsigned node, look& where = incoming_cpu);

  [[nodiscard]] std::uint16_t node_of(int socket) const noexcept override;
  [[nodiscard]] bool may_go(std::uint16_t node, monotonic_time now) noexcept override;

 private:
  const shm::load_segment& segment_;
  shm::page_tally& counts_;
  const unsigned self_;
  look& where_;
  std::vector<std::uint16_t> others_;  ///< by core: its node, if workers of another one live there
  std::vector<bool> far_;              ///< by core: it is on another node
  std::vector<dispatch::candidate> workers_;  ///< of the cluster
  monotonic_time period_ends_{};
  unsigned may_ask_ = 0;
};

}  // namespace shoal::cluster
