#include "numa/handoff_part.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>

#include "base/clock.h"
#include "bench/machine_costs.h"
#include "numa/core_pairs.h"
#include "numa/core_places.h"
#include "numa/ping_pong.h"

namespace shoal::numa {
namespace {

/// What one repeat of one pair takes at first guess, in seconds: the wake is most of it.
constexpr double usual_repeat = 0.07;

unsigned repeats_for(std::size_t pairs, const plan& what) noexcept {
  const double fit = what.handoff_seconds / (static_cast<double>(pairs) * usual_repeat);
  return std::clamp(static_cast<unsigned>(fit), 1U, what.most_repeats);
}

const core_place& find(const std::vector<core_place>& cores, unsigned id) {
  return *std::find_if(cores.begin(), cores.end(),
                       [&](const core_place& core) { return core.id == id; });
}

/// The median of what is known.
estimate known(std::vector<double> values) {
  std::erase_if(values, [](double ns) { return ns < 0; });
  return bench::estimate_median(std::move(values));
}

result<handoff_pair> measure_pair(const core_place& a, const core_place& b, unsigned repeats,
                                  const plan& what, const watch& by) {
  handoff_pair pair{.a = a.id, .b = b.id, .how = nearness_of(a, b)};
  auto line = ping_pong_ns(a.id, b.id, repeats, what.rounds);
  if (!line) return line.error();
  pair.line_ns = bench::estimate_median(std::move(line).value());
  std::vector<double> wakes;
  for (unsigned i = 0; i < repeats && !by.stop(); ++i) wakes.push_back(bench::wake_ns(a.id, b.id));
  pair.wake_ns = known(std::move(wakes));
  return pair;
}

void say_what_is_unseen(const handoff_findings& found, study& into) {
  auto& unseen = into.unseen;
  if (found.cores.size() < found.of_cores) {
    unseen.push_back("Hand-off between all cores: of " + std::to_string(found.of_cores) + ", " +
                     std::to_string(found.cores.size()) +
                     " were taken, one for each last-level cache or node and the neighbours of "
                     "the first.");
  }
  std::set<nearness> met;
  bool woke = true;
  for (const handoff_pair& pair : found.pairs) {
    met.insert(pair.how);
    woke = woke && pair.wake_ns.count > 0;
  }
  if (!met.contains(nearness::siblings)) {
    unseen.push_back(
        "Two threads of one physical core: none of the cores are (SMT is off, or "
        "hidden by a hypervisor).");
  }
  if (!met.contains(nearness::node) && !met.contains(nearness::package) &&
      !met.contains(nearness::apart)) {
    unseen.push_back("Hand-off between last-level caches: all cores share one.");
  }
  if (!woke) unseen.push_back("Waking: eventfd is refused here (a seccomp filter?).");
}

}  // namespace

result<void> measure_handoff(const plan& what, const watch& by, study& into) {
  auto& found = into.handoff.emplace();
  found.of_cores = static_cast<unsigned>(into.cores.size());
  found.cores = cores_to_pair(into.cores, what.all_pairs_up_to);
  const auto pairs = pairs_of(found.cores);
  if (pairs.empty()) {
    into.unseen.push_back("Hand-off: there is one core, and nobody to hand anything to.");
    return {};
  }
  const unsigned repeats = repeats_for(pairs.size(), what);
  for (const auto& [a, b] : pairs) {
    if (by.stop()) return error{EINTR, "interrupted"};
    by.tell("hand-off: core " + std::to_string(a) + " and core " + std::to_string(b));
    auto pair = measure_pair(find(into.cores, a), find(into.cores, b), repeats, what, by);
    if (!pair) return pair.error();
    found.pairs.push_back(pair.value());
  }
  say_what_is_unseen(found, into);
  return {};
}

}  // namespace shoal::numa
