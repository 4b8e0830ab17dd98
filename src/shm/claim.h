// What a place in shared memory says of itself in one word: its kind, which process has claimed it,
// and in which lap of its use. Whoever is killed leaves his name there, and a word of an older lap
// is nobody's.
//
// 2 bits of kind, 22 of the process (PID_MAX_LIMIT of Linux), 40 of the lap, which wraps.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace shoal::shm {

inline constexpr unsigned claim_name_shift = 2;
inline constexpr unsigned claim_lap_shift = 24;
inline constexpr std::uint64_t claim_name_mask = (std::uint64_t{1} << 22) - 1;
inline constexpr std::uint64_t claim_lap_mask = (std::uint64_t{1} << 40) - 1;

constexpr std::uint64_t claim_name(pid_t process) noexcept {
  return static_cast<std::uint64_t>(process) & claim_name_mask;
}

/// `Kind`: an enumeration of four.
template <typename Kind>
constexpr std::uint64_t state_of(Kind what, std::uint64_t lap, std::uint64_t name = 0) noexcept {
  return (lap & claim_lap_mask) << claim_lap_shift | name << claim_name_shift |
         static_cast<std::uint64_t>(what);
}
constexpr std::uint64_t kind_bits_of(std::uint64_t state) noexcept { return state & 3; }
constexpr std::uint64_t lap_of(std::uint64_t state) noexcept { return state >> claim_lap_shift; }
/// A claim_name().
constexpr std::uint64_t holder_of(std::uint64_t state) noexcept {
  return state >> claim_name_shift & claim_name_mask;
}

}  // namespace shoal::shm
