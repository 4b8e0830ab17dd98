// No worker gets more than twice its fair share, whatever it says about itself. All that a policy
// knows of a worker's load is the worker's own word, and one that claims to be idle (a bug, a
// frozen slot, malice) would attract every connection. What the chooser has given lately is its own
// count: nobody else writes it, so it bounds what a lie can win.
#pragma once

#include <cstdint>

#include "dispatch/candidate.h"

namespace shoal::dispatch {

class fair_share final {
 public:
  explicit fair_share(candidates all) noexcept {
    for (const candidate& c : all) {
      if (!may_take(c)) continue;
      recent_ += c.recent;
      weight_ += c.weight;
    }
  }

  /// Has had no more than twice its share of what was given lately. True for somebody, if anybody
  /// may take at all: not all can be above twice the mean.
  [[nodiscard]] bool permits(const candidate& c) const noexcept {
    return wide{c.recent} * weight_ <= 2 * recent_ * c.weight;
  }

 private:
  using wide = unsigned __int128;
  wide recent_ = 0;
  wide weight_ = 0;
};

}  // namespace shoal::dispatch
