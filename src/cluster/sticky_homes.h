// Which worker of its process a key belongs to. The workers of a process come and go together, so
// nothing can change while it serves.
#pragma once

#include <vector>

#include "cluster/blueprint.h"
#include "dispatch/candidate.h"
#include "http/server.h"

namespace shoal::cluster {

class sticky_homes final : public http::homes {
 public:
  /// For the worker `index` of the process.
  sticky_homes(const blueprint& plan, unsigned process, unsigned index);

  [[nodiscard]] unsigned home_of(std::uint64_t key) const noexcept override;

 private:
  const unsigned first_;
  const unsigned self_;
  std::vector<dispatch::candidate> workers_;  ///< of the cluster; those of the process are eligible
};

}  // namespace shoal::cluster
