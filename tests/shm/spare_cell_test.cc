#include "shm/spare_cell.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "support/interleavings.h"

namespace shoal::shm {
namespace {

using shoal::test::interleavings;
using shoal::test::model_atomic;

TEST(CellHead, CountsTurnsAndKeepsTheRestApart) {
  constexpr cell_head fresh;
  static_assert(fresh.spare() == 0 && !fresh.claimed() && fresh.tag() == 0);
  constexpr auto claimed = fresh.next(true, 31);
  static_assert(claimed.spare() == 31 && claimed.claimed() && claimed.tag() == 1);
  constexpr auto last = cell_head{~std::uint64_t{0} - 63}.next(false, 7);
  static_assert(last.spare() == 7 && !last.claimed() && last.tag() == 0, "it wraps");
}

/// Two cells of two words; the contents are a number and its complement.
struct model {
  using word = model_atomic<std::uint64_t>;

  word head;
  word cells[2][2];
  std::uint32_t sum = 0;  ///< of what was published

  model() { cells[1][1].store(tagged(0, ~0u), std::memory_order_relaxed); }
};

using view = basic_spare_cell<model_atomic>;

/// Tries so often; others may take its claims at once.
void add(model& m, interleavings& all, std::uint32_t by, unsigned tries) {
  const view group(m.head);
  for (unsigned i = 0; i < tries; ++i) {
    all.arrive(i);
    auto head = group.look();
    auto& live = m.cells[1 - head.spare()];
    const auto number = data_of(view::read(live[0]));
    const auto complement = data_of(view::read(live[1]));
    if (!group.still(head)) continue;
    all.require(complement == ~number, "a writer reads half of a change");
    if (!group.claim(head)) continue;
    auto& spare = m.cells[head.spare()];
    if (!group.put(spare[0], number + by, head)) continue;
    if (!group.put(spare[1], ~(number + by), head)) continue;
    if (!group.publish(head, 1 - head.spare())) continue;
    m.sum += by;
    return;
  }
}

void look(model& m, interleavings& all) {
  const view group(m.head);
  const auto head = group.look();
  auto& live = m.cells[1 - head.spare()];
  const auto number = data_of(view::read(live[0]));
  const auto complement = data_of(view::read(live[1]));
  if (group.still(head)) all.require(complement == ~number, "a reader sees half of a change");
}

/// One body for each thread. A writer that is killed is one that goes on after all others have
/// ended, and that is among all orders.
void explore(const std::vector<std::function<void(model&, interleavings&)>>& bodies) {
  std::unique_ptr<model> m;
  interleavings all(bodies.size());
  all.explore(
      [&] {
        m = std::make_unique<model>();
        std::vector<std::function<void()>> threads;
        for (const auto& body : bodies) threads.emplace_back([&] { body(*m, all); });
        return threads;
      },
      [&] {
        constexpr auto relaxed = std::memory_order_relaxed;
        const cell_head head{m->head.load(relaxed)};
        auto& live = m->cells[1 - head.spare()];
        all.require(data_of(live[0].load(relaxed)) == m->sum, "a change is lost");
        all.require(data_of(live[1].load(relaxed)) == ~m->sum, "half of a change stays");
      });
  EXPECT_EQ(all.fault(), "");
  std::cout << all.runs() << " runs, " << all.states() << " states\n";
}

template <std::uint32_t by, unsigned tries>
void adds(model& m, interleavings& all) {
  add(m, all, by, tries);
}

TEST(SpareCell, IsWrittenByOneClaimAloneInEveryOrderOfWritersThatTakeEachOthersClaims) {
  explore({adds<1, 2>, adds<2, 2>});
}

TEST(SpareCell, IsNeverSeenByAReaderInAnyOrder) { explore({adds<1, 1>, adds<2, 1>, look}); }

}  // namespace
}  // namespace shoal::shm
