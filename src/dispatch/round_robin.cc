#include "dispatch/round_robin.h"

#include "dispatch/pick.h"

namespace shoal::dispatch {

unsigned round_robin(candidates all, const arrival& a) noexcept {
  const std::uint64_t length = line_length(all);
  return length == 0 ? nobody : at_place(all, a.seed % length);
}

}  // namespace shoal::dispatch
