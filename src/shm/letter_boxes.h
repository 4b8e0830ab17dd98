// The letter rings of all workers of a cluster and of its supervisor, in one piece of shared memory
// that is made before the first fork and belongs to no process: who follows a process that has died
// finds there what was not read.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>

#include "base/result.h"
#include "shm/letter_ring.h"
#include "shm/letter_sheets.h"
#include "shm/segment.h"

namespace shoal::shm {

class letter_boxes final {
 public:
  /// So many, for letters of up to `most_bytes`, and for longer ones `with_sheets`. All of it is
  /// allocated: letter_ring::size_for() each, and letter_sheets::size().
  static result<letter_boxes> create(unsigned boxes, std::size_t most_bytes,
                                     bool with_sheets = false);

  [[nodiscard]] unsigned boxes() const noexcept { return boxes_; }
  [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }

  /// box < boxes().
  [[nodiscard]] letter_ring of(unsigned box) const noexcept;
  [[nodiscard]] std::optional<letter_sheets> sheets_of(unsigned box) const noexcept;

 private:
  letter_boxes(segment memory, unsigned boxes, std::size_t most_bytes, bool with_sheets) noexcept
      : memory_(std::move(memory)),
        boxes_(boxes),
        most_bytes_(most_bytes),
        with_sheets_(with_sheets) {}

  /// Rings first, then sheets.
  [[nodiscard]] static std::size_t size_for(unsigned boxes, std::size_t most_bytes,
                                            bool with_sheets) noexcept;

  segment memory_;
  unsigned boxes_;
  std::size_t most_bytes_;
  bool with_sheets_;
};

}  // namespace shoal::shm
