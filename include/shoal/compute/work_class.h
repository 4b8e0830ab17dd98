// What a job's waiting costs, for who shares the cores among jobs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace shoal {

/// Somebody waits for `latency` jobs; `bulk` jobs shall get done, some time. While both wait, they
/// share the cores by weight, so that neither starves; alone, each has all of them.
enum class work_class : std::uint8_t { latency, bulk };

inline constexpr std::size_t work_classes = 2;

}  // namespace shoal
