// The letter rings of all workers of a cluster, in one piece of shared memory that is made before
// the first fork and belongs to no process: who follows a process that has died finds there what
// was not read.
#pragma once

#include <cstddef>
#include <utility>

#include "base/result.h"
#include "shm/letter_ring.h"
#include "shm/segment.h"

namespace shoal::shm {

class letter_boxes final {
 public:
  /// For `workers` who get letters of up to `most_bytes`. letter_ring::size_for() each, allocated.
  static result<letter_boxes> create(unsigned workers, std::size_t most_bytes);

  [[nodiscard]] unsigned workers() const noexcept { return workers_; }
  [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }

  /// worker < workers().
  [[nodiscard]] letter_ring of(unsigned worker) const noexcept;

 private:
  letter_boxes(segment memory, unsigned workers, std::size_t most_bytes) noexcept
      : memory_(std::move(memory)), workers_(workers), most_bytes_(most_bytes) {}

  segment memory_;
  unsigned workers_;
  std::size_t most_bytes_;
};

}  // namespace shoal::shm
