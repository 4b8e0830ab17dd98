#include "cluster/node/page_watch.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "topology/thread_place.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;

constexpr auto relaxed = std::memory_order_relaxed;

/// Buffers and heaps are touched by the first requests.
constexpr nanoseconds first_look_after = 500ms;

static_assert(shm::page_tally_kinds == topology::page_kinds);

template <typename T>
topology::page_range range_of(topology::page_kind kind, const T& what) {
  const auto begin = reinterpret_cast<std::uintptr_t>(&what);
  return {kind, begin, begin + sizeof what};
}

}  // namespace

page_watch::page_watch(const blueprint& plan, unsigned process,
                       std::span<const std::unique_ptr<worker_thread>> workers)
    : plan_(plan),
      first_worker_(plan.first_worker_of(process)),
      workers_(workers),
      nodes_(topology::node_ids(plan.machine)),
      expected_(topology::expectation_of(plan.placement.processes[process])) {
  using topology::page_kind;
  for (unsigned i = 0; i < workers.size(); ++i) {
    const auto& own = workers[i]->memory();
    known_.insert(known_.end(), own.begin(), own.end());
    known_.push_back(range_of(page_kind::slots, plan.segment.ring(first_worker_ + i)));
    known_.push_back(range_of(page_kind::slots, plan.overview->tallies.of(first_worker_ + i)));
  }
}

monotonic_time page_watch::look(monotonic_time now) {
  if (next_ == monotonic_time{}) next_ = now + first_look_after;
  if (now < next_) return next_;
  look_at_workers();
  if (!cannot_) look_at_pages(now);
  return next_ = now + period;
}

void page_watch::look_at_pages(monotonic_time now) {
  const auto found = topology::read_page_places(nodes_, known_);
  if (!found) {
    cannot_ = true;
    return log_debug("where pages lie is not known: " + found.error().message);
  }
  auto& to = plan_.overview->pages.of(first_worker_);
  const auto shown = std::min(nodes_.size(), shm::page_tally_nodes);
  for (std::size_t kind = 0; kind < topology::page_kinds; ++kind) {
    const auto& pages = found.value().pages[kind];
    for (std::size_t n = 0; n < shown; ++n) to.pages[kind][n].store(pages[n], relaxed);
  }
  to.remote_permille.store(topology::remote_permille(expected_, nodes_, found.value()), relaxed);
  to.looked_ns.store(to_ns(now), relaxed);
  warn(found.value());
}

void page_watch::look_at_workers() {
  for (unsigned i = 0; i < workers_.size(); ++i) {
    const auto thread = plan_.segment.slot(first_worker_ + i).thread_id.load(relaxed);
    const auto where = topology::read_thread_place(static_cast<pid_t>(thread));
    auto& to = plan_.overview->pages.of(first_worker_ + i);
    to.core.store(where.core ? *where.core + 1 : 0, relaxed);
    to.migrations.store(where.migrations ? *where.migrations + 1 : 0, relaxed);
  }
}

/// Once for each thing, until it has been right again.
void page_watch::warn(const topology::page_places& found) {
  std::vector<std::string> now;
  for (const auto& one : topology::find_misplaced(expected_, nodes_, found)) {
    std::string thing(one.kind ? topology::name_of(*one.kind) : "all");
    if (std::find(told_.begin(), told_.end(), thing) == told_.end()) log_warning(one.text);
    now.push_back(std::move(thing));
  }
  told_ = std::move(now);
}

}  // namespace shoal::cluster
