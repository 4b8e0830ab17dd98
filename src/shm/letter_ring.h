// The letters of one worker: what others, in whatever process, have sent it and it has not read
// yet. A bounded queue of many writers in shared memory, which any of them may leave in the middle,
// killed.
//
// The usual such queue gives a writer a place by one step and learns that the place is filled by
// another; a writer killed in between leaves a hole at which everybody stops, and nobody can tell
// whose it is. Here one compare-and-swap takes the place *and* writes into it who has it: whatever
// instruction a writer is killed at, a place is free, or whole, or bears the name of the dead. Who
// hears of the death gives up his places (give_up()), and readers step over them.
//
//   place p of n    its state: lap p / n, kind, and for `claimed` the author
//   writer          free(lap) -> claimed(lap, author), the words, -> whole(lap)
//   reader          whole(lap), copies the words, -> free(lap + 1): only who does this has read it
//   who hears       claimed(lap, the dead) -> nothing(lap)
//
// `tail` and `head` are hints: where they lag behind the states, the next one who looks moves them
// on. So two readers may read at the same time, as happens in a reload for some microseconds, and
// each letter goes to one of them. A copy that another reader has overtaken may be a mixture, and
// its compare-and-swap fails.
//
//   writers      any thread of any process, never waits; a full ring refuses
//   order        of one author's thread: as it was pushed
//   the dead     a reader that dies has lost what it had taken and no more
//   the stopped  a writer that is stopped inside push() holds up those behind it until it goes on
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "shm/load_slot.h"

namespace shoal::shm {

/// What stands on a letter.
struct letter_head {
  std::uint32_t from = 0;   ///< a worker's number
  std::uint32_t type = 0;   ///< whatever sender and receiver have agreed on
  std::uint32_t bytes = 0;  ///< of its contents
};

enum class pushed : std::uint8_t {
  full,     ///< not taken
  taken,    ///< and whoever reads is awake or has been woken
  unheard,  ///< taken, and it is the caller who has to wake the reader
};

/// A view of memory that is shared and, at first, zero. Copied freely.
class letter_ring final {
 public:
  static constexpr std::size_t places = 1024;  ///< a power of two

  /// Memory for letters of up to `most_bytes`.
  [[nodiscard]] static std::size_t size_for(std::size_t most_bytes) noexcept;

  /// Aligned to a cache line.
  letter_ring(std::byte* memory, std::size_t most_bytes) noexcept;

  // Writers.

  /// `author` is the process whose death will be told to give_up(); contents of head.bytes, at most
  /// the ring's most_bytes. Cost: three locked instructions.
  [[nodiscard]] pushed push(pid_t author, const letter_head& head,
                            const std::byte* contents) const noexcept;

  /// Likewise in two steps, for what has to be done about a letter before it can be read: a place,
  /// which nobody reads beyond until it has been filled, or waived (never `full`).
  [[nodiscard]] std::optional<std::uint64_t> claim(pid_t author) const noexcept;
  [[nodiscard]] pushed fill(std::uint64_t position, const letter_head& head,
                            const std::byte* contents) const noexcept;
  [[nodiscard]] pushed waive(std::uint64_t position) const noexcept;

  // The reader.

  /// The next letter; false: there is none that is whole. `into` has room for most_bytes.
  [[nodiscard]] bool take(letter_head& head, std::byte* into) const noexcept;

  /// Likewise in two steps: the next letter, which stays where it is and may be a mixture, and
  /// where that is; then it is taken from there. False: another reader has it.
  [[nodiscard]] std::optional<std::uint64_t> look(letter_head& head,
                                                  std::byte* into) const noexcept;
  [[nodiscard]] bool take(std::uint64_t position) const noexcept;

  /// Before it sleeps: the next letter is `unheard`. False: there is one already.
  [[nodiscard]] bool may_sleep() const noexcept;

  /// What lay before this one has been read.
  [[nodiscard]] std::uint64_t position() const noexcept;

  /// take() has something to do.
  [[nodiscard]] bool stirs() const noexcept;

  // Who has heard that a process has ended.

  /// What it had begun is void. Nobody else may have that number yet. Returns how many it was.
  unsigned give_up(pid_t author) const noexcept;

 private:
  struct front {
    alignas(64) word tail;    // writers
    alignas(64) word head;    // readers
    alignas(64) word asleep;  // the reader sets it, the writer who clears it wakes
  };
  static_assert(sizeof(front) == 192);

  [[nodiscard]] word* place(std::uint64_t position) const noexcept {
    return words_ + position % places * words_a_place_;
  }
  [[nodiscard]] pushed publish(std::uint64_t position, std::uint64_t state) const noexcept;
  void step_over(std::uint64_t position, word& state, std::uint64_t seen) const noexcept;

  front* front_;
  word* words_;
  std::size_t most_bytes_;
  std::size_t words_a_place_;
};

}  // namespace shoal::shm
