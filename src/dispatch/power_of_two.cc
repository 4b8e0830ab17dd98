#include "dispatch/power_of_two.h"

#include "base/random.h"
#include "dispatch/least.h"
#include "dispatch/pick.h"

namespace shoal::dispatch {

unsigned power_of_two(candidates all, const arrival& a) noexcept {
  random_source random(a.seed);
  const std::uint64_t length = line_length(all);
  if (length == 0) return nobody;
  const unsigned first = at_place(all, random.below(length));
  const std::uint64_t rest = line_length(all, first);
  if (rest == 0) return first;
  const unsigned second = at_place(all, random.below(rest), first);
  const candidate& x = all[first];
  const candidate& y = all[second];
  const fair_share share(all);
  if (!share.permits(y)) return first;
  if (!share.permits(x)) return second;
  return compare_ratios(y.work_us, y.weight, x.work_us, x.weight) < 0 ? second : first;
}

}  // namespace shoal::dispatch
