// How a group of cells in shared memory changes as one, although whoever changes it may be killed,
// or stopped for an hour, at any instruction.
//
// A lock would stay with the dead, and nobody can tell the dead from the slow without asking the
// kernel. So nothing here depends on who is alive. One cell of the group is spare; whoever wants to
// change something writes the new contents there, and one compare-and-swap of the group's head
// makes that cell count and another one spare:
//
//   head     turn, claimed or not, which cell is spare
//   claim    turn n -> turn n + 1, claimed        from any head, also from one that is claimed
//   publish  turn n + 1, claimed -> turn n + 2    fails if somebody has claimed since
//
// A claim may be taken over by anybody at any time, so it is never waited for. The one before may
// go on writing into the spare cell, unaware; for that each word bears the turn it was written in:
//
//   put      looks at the word, then whether the head is still its own, then swaps that word for
//            its own. A word of a later claim is never overwritten: had it been there at the first
//            look, the second would have seen that claim; had it come later, the swap fails
//
// So what is published was written by one claim alone. Readers look at the head before and after;
// is it the same, then no cell but the spare one has changed in between. docs/why/shared_state.md
// has the argument in full, and a test runs every interleaving.
#pragma once

#include <atomic>
#include <cstdint>

namespace shoal::shm {

/// What stands in the head: 58 bits of turn, which nobody lives to see wrap, and the rest.
struct cell_head {
  static constexpr unsigned most_cells = 32;

  std::uint64_t bits = 0;

  [[nodiscard]] constexpr unsigned spare() const noexcept { return bits % most_cells; }
  [[nodiscard]] constexpr bool claimed() const noexcept { return (bits / most_cells) % 2 != 0; }
  /// Of the words that a claim writes. It wraps, after 2^32 turns of one group: a writer would have
  /// to stand still between its look and its swap for exactly so many.
  [[nodiscard]] constexpr std::uint32_t tag() const noexcept {
    return static_cast<std::uint32_t>(bits / (2 * most_cells));
  }
  [[nodiscard]] constexpr cell_head next(bool claimed, unsigned spare) const noexcept {
    const std::uint64_t turn = bits / (2 * most_cells) + 1;
    return {(turn * 2 + (claimed ? 1 : 0)) * most_cells + spare};
  }
};

/// A word of a cell: four bytes, and the claim that they came from.
[[nodiscard]] constexpr std::uint64_t tagged(std::uint32_t tag, std::uint32_t data) noexcept {
  return std::uint64_t{tag} << 32 | data;
}
[[nodiscard]] constexpr std::uint32_t tag_of(std::uint64_t seen) noexcept {
  return static_cast<std::uint32_t>(seen >> 32);
}
[[nodiscard]] constexpr std::uint32_t data_of(std::uint64_t seen) noexcept {
  return static_cast<std::uint32_t>(seen);
}

/// `Atomic` is std::atomic, or a model of it in the test that explores interleavings. A view of
/// the head; all of it zero is a group whose cell 0 is spare.
template <template <typename> typename Atomic>
class basic_spare_cell {
 public:
  using word = Atomic<std::uint64_t>;

  explicit basic_spare_cell(word& head) noexcept : head_(head) {}

  /// Acquire: what was published is seen whole. Partner: publish().
  [[nodiscard]] cell_head look() const noexcept { return {head_.load(std::memory_order_acquire)}; }

  /// Whether nobody has claimed or published since. After read(): what it read was published.
  [[nodiscard]] bool still(cell_head seen) const noexcept {
    return head_.load(std::memory_order_relaxed) == seen.bits;
  }

  /// Acquire: who has read a word of a later claim sees that claim in still(). Partner: put().
  [[nodiscard]] static std::uint64_t read(const word& w) noexcept {
    return w.load(std::memory_order_acquire);
  }

  /// Nothing has changed since `seen`, and `seen` becomes the caller's own claim.
  [[nodiscard]] bool claim(cell_head& seen) const noexcept {
    return change(seen, seen.next(true, seen.spare()));
  }

  /// Writes one word of the spare cell. False: the claim is lost, and nothing was written over.
  [[nodiscard]] bool put(word& w, std::uint32_t data, cell_head mine) const noexcept {
    std::uint64_t seen = read(w);
    do {
      if (!still(mine)) return false;
    } while (!w.compare_exchange_strong(seen, tagged(mine.tag(), data), std::memory_order_release,
                                        std::memory_order_acquire));
    return true;
  }

  /// What was put counts from now on, and `spare` does not any more. False: the claim is lost.
  [[nodiscard]] bool publish(cell_head mine, unsigned spare) const noexcept {
    return change(mine, mine.next(false, spare));
  }

 private:
  /// Release: partner of look().
  bool change(cell_head& from, cell_head to) const noexcept {
    std::uint64_t seen = from.bits;
    if (!head_.compare_exchange_strong(seen, to.bits, std::memory_order_acq_rel,
                                       std::memory_order_relaxed))
      return false;
    from = to;
    return true;
  }

  word& head_;
};

using spare_cell = basic_spare_cell<std::atomic>;

}  // namespace shoal::shm
