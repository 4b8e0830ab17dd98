// What is too long for a letter ring: contents of up to 64 KiB, on sheets of 4 KiB that lie beside
// it. The letter in the ring is then a list of its sheets, so that long and short ones keep one
// order and one bound, and who reads, wakes and is woken stays as it is.
//
// Whoever takes a sheet writes his name on it, as in the ring, and each step is one
// compare-and-swap. So wherever somebody is killed, each sheet is free, or belongs to a letter that
// is there, or bears the name of the dead and is free again when that has been heard (give_up()).
//
//   writer   free(lap) -> written(lap, author), the bytes; pushes the list; -> sent(lap)
//   reader   finds the list; written or sent(lap) -> read(lap, reader); copies; takes the list out
//            of the ring; -> free(lap + 1)
//
// A writer who dies between the push and `sent` leaves a list whose sheets are free again: a lap
// does not fit, the letter is void, and it had not been said to be taken. A reader who dies after
// his mark has lost that letter, as he loses one that he took from the ring.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "shm/load_slot.h"

namespace shoal::shm {

inline constexpr std::size_t sheet_bytes = 4096;
inline constexpr std::size_t sheets_of_a_box = 64;
inline constexpr std::size_t most_sheets = 16;  ///< of one letter

/// What lies in the ring instead of the contents.
struct sheet_list {
  std::uint64_t bytes = 0;
  std::uint64_t sheets[most_sheets] = {};  ///< lap, and number in the lowest byte
  std::uint64_t seal = 0;                  ///< of all that: a copy may be a mixture

  [[nodiscard]] std::size_t count() const noexcept {
    return static_cast<std::size_t>((bytes + sheet_bytes - 1) / sheet_bytes);
  }
  [[nodiscard]] bool is_sound() const noexcept;
  [[nodiscard]] std::uint64_t right_seal() const noexcept;
};

enum class sheets_read : std::uint8_t {
  whole,
  broken,  ///< its writer has died: the letter is void
  others,  ///< another reader has it, or is dead and will be given up
};

/// A view of memory that is shared and, at first, zero. Copied freely.
class letter_sheets final {
 public:
  static constexpr std::size_t most_bytes = most_sheets * sheet_bytes;

  [[nodiscard]] static std::size_t size() noexcept;

  /// Aligned to a cache line.
  explicit letter_sheets(std::byte* memory) noexcept
      : states_(reinterpret_cast<word*>(memory)),
        sheets_(memory + sheets_of_a_box * sizeof(word)) {}

  // Writers.

  /// `contents` of 1 to most_bytes. Nothing: there are not so many sheets now.
  [[nodiscard]] std::optional<sheet_list> write(pid_t author,
                                                std::string_view contents) const noexcept;
  /// The list is in the ring.
  void sent(pid_t author, const sheet_list& list) const noexcept;
  /// It is not, and there was no room for it.
  void take_back(pid_t author, const sheet_list& list) const noexcept;

  // The reader.

  /// `into` has room for most_bytes; the list is sound. Unless it is whole, nothing stays marked.
  [[nodiscard]] sheets_read read(pid_t reader, const sheet_list& list,
                                 std::byte* into) const noexcept;
  /// What was read, once the list is out of the ring.
  void done(pid_t reader, const sheet_list& list) const noexcept;

  // Who has heard that a process has ended.

  /// As letter_ring::give_up().
  unsigned give_up(pid_t process) const noexcept;

 private:
  bool mark(pid_t reader, std::uint64_t sheet) const noexcept;
  void discard(pid_t reader, const sheet_list& list) const noexcept;

  word* states_;
  std::byte* sheets_;
};

}  // namespace shoal::shm
