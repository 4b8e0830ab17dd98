#include "cluster/node/hang_watch.h"

#include <algorithm>

namespace shoal::cluster {
namespace {

// A watcher looks many times a second while a turn lasts: so long without a look, and it was
// stopped, or the whole machine was.
constexpr nanoseconds gap = std::chrono::seconds(2);

}  // namespace

hang_watch::verdict hang_watch::look(monotonic_time now, std::span<const nanoseconds> ages,
                                     nanoseconds ours) noexcept {
  const bool missed = now - last_look_ > gap;
  last_look_ = now;
  if (missed) trusts_from_ = now + gap;
  if (!cares(ours)) {
    told_ = false;
    return verdict::none;
  }
  if (now < trusts_from_) return verdict::none;
  // Half of the time: who joins a sick machine's victims a little later is one of them.
  const auto hung = std::count_if(ages.begin(), ages.end(),
                                  [this](nanoseconds age) { return age >= timeout_ / 2; });
  if (hung <= 1) return verdict::hangs;
  if (told_) return verdict::none;
  told_ = true;
  return verdict::sick;
}

}  // namespace shoal::cluster
