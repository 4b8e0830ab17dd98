// How many bytes a second cores read, write and copy, from first to last and again.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "numa/arena.h"
#include "numa/on_core.h"

namespace shoal::numa {

enum class motion : std::uint8_t { read, write, copy };
inline constexpr motion motions[] = {motion::read, motion::write, motion::copy};

/// The calling thread alone: bytes a second, over the first `bytes` (a multiple of 1 KiB) of
/// `memory` as often as makes `least_moved` bytes. A copy goes from one half of them to the other.
[[nodiscard]] double bandwidth_of(const arena& memory, std::uint64_t bytes, motion kind,
                                  std::uint64_t least_moved) noexcept;

/// All of `cpus` at once, each with `bytes_each` of its own in the node's memory: their sum, from
/// when the first may begin to when the last has ended; so many values of each motion, in the order
/// of `motions`. Errors: as on_core(); EINTR if `stop` has said so.
[[nodiscard]] result<std::vector<std::vector<double>>> bandwidth_together(
    const topology::machine& machine, const topology::cpu_list& cpus, unsigned memory_node,
    std::uint64_t bytes_each, unsigned repeats, const std::function<bool()>& stop);

}  // namespace shoal::numa
