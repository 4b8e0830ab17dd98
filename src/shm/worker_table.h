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
  static result<worker_table> create(unsigned workers) {
    const std::size_t bytes = workers * sizeof(T);
    const auto memory = segment::create(T::segment_name, bytes);
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
  worker_table(mapping memory, unsigned workers) noexcept
      : memory_(std::move(memory)), workers_(workers) {}

  mapping memory_;
  unsigned workers_;
};

}  // namespace shoal::shm
