// Where a thread runs in fact, as the kernel has counted it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace shoal::topology {

struct thread_place {
  std::optional<unsigned> core;  ///< that it ran on last
  std::optional<std::uint64_t>
      migrations;  ///< from core to core, since it began; not all kernels say
};

/// From what /proc/<pid>/task/<tid>/stat and .../sched say.
[[nodiscard]] thread_place parse_thread_place(std::string_view stat, std::string_view sched);

/// Of a thread of this process. Empty where /proc does not say. Cost: two files.
[[nodiscard]] thread_place read_thread_place(pid_t thread);

}  // namespace shoal::topology
