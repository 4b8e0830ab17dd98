// What the kernel offers and liburing 2.3's headers do not name yet. Its interface only: whether it
// may be used is asked of the running kernel, never of a header.
#pragma once

#include <liburing.h>

#include <cstdint>

namespace shoal::io::uring {

// Linux 6.15: time spent waiting for completions is idle time, not iowait.
inline constexpr unsigned uring_feature_no_iowait = 1U << 17;
inline constexpr unsigned uring_enter_no_iowait = 1U << 7;

// Linux 6.14 (attributes of reads and writes): a kernel by whose date an entry of a file table ends
// with the requests about it. Before 6.13 it ended after all requests that were there before.
inline constexpr unsigned uring_feature_of_6_14 = 1U << 16;

// Linux 6.9.
inline constexpr unsigned uring_register_napi = 27;
struct uring_napi {
  std::uint32_t busy_poll_us;
  std::uint8_t prefer_busy_poll;
  std::uint8_t padding[3];
  std::uint64_t reserved;
};
static_assert(sizeof(uring_napi) == 16);

// Features without which this driver does not start. All older than 6.1, the floor that
// DEFER_TASKRUN sets by itself.
inline constexpr unsigned uring_required_features =
    IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;

}  // namespace shoal::io::uring
