// A T for each worker of a cluster, in memory that a child of fork has too and nobody else maps: it
// has no format, and zeros are its beginning.
#pragma once

#include <cstddef>
#include <utility>

#include "base/check.h"
#include "base/result.h"
#include "shm/segment.h"

namespace shoal::shm {

/// `T::segment_name` is what /proc shows of the memory. Threads: any; T says who may write.
template <typename T>
class worker_table final {
 public:
  /// `place` counts where a T has pages of its own.
  static result<worker_table> create(unsigned workers, const page_placer& place = {}) {
    const std::size_t bytes = workers * sizeof(T);
    const auto memory = segment::create(T::segment_name, bytes, [&](std::byte* data) {
      constexpr bool whole_pages = alignof(T) % page_bytes == 0;
      if (!whole_pages || !place) return;
      for (unsigned w = 0; w < workers; ++w) place(w, data + w * sizeof(T), sizeof(T));
    });
    if (!memory) return memory.error();
    // The mapping stays when the descriptor is closed.
    auto map = mapping::read_write(memory.value().fd(), bytes);
    if (!map) return map.error();
    return worker_table(std::move(map).value(), workers);
  }

  [[nodiscard]] unsigned workers() const noexcept { return workers_; }

  /// worker < workers().
  [[nodiscard]] T& of(unsigned worker) const noexcept {
    SHOAL_CHECK(worker < workers_);
    return reinterpret_cast<T*>(memory_.data())[worker];
  }

 private:
  static constexpr std::size_t page_bytes = 4096;

  worker_table(mapping memory, unsigned workers) noexcept
      : memory_(std::move(memory)), workers_(workers) {}

  mapping memory_;
  unsigned workers_;
};

}  // namespace shoal::shm
