// What the kernel has counted about the calling thread and its process, from /proc files that stay
// open: a reading is one pread and no allocation.
#pragma once

#include <cstdint>

#include "base/descriptor.h"

namespace shoal::cluster {

/// Threads: the one that made it. Where /proc is not to be had, every number is 0.
class thread_meter final {
 public:
  thread_meter() noexcept;

  /// Nanoseconds that the calling thread has run, exact to the microsecond.
  [[nodiscard]] static std::uint64_t cpu_ns() noexcept;

  /// Nanoseconds that the thread was ready to run and its core ran others, since it began. 0 also
  /// for a kernel without CONFIG_SCHED_INFO.
  [[nodiscard]] std::uint64_t run_delay_ns() const noexcept;

  /// Of the whole process.
  [[nodiscard]] std::uint64_t resident_bytes() const noexcept;

 private:
  descriptor schedstat_;
  descriptor statm_;
};

}  // namespace shoal::cluster
