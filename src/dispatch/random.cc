#include "dispatch/random.h"

#include "base/random.h"
#include "dispatch/pick.h"

namespace shoal::dispatch {

unsigned random(candidates all, const arrival& a) noexcept {
  const std::uint64_t length = line_length(all);
  return length == 0 ? nobody : at_place(all, random_source(a.seed).below(length));
}

}  // namespace shoal::dispatch
