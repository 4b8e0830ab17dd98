// What the kernel offers and liburing 2.3's headers do not name yet. Constants only: whether they
// may be used is asked of the running kernel, never of a header.
#pragma once

#include <liburing.h>

namespace shoal::io::uring {

// Linux 6.15: time spent waiting for completions is idle time, not iowait.
inline constexpr unsigned uring_feature_no_iowait = 1U << 17;
inline constexpr unsigned uring_enter_no_iowait = 1U << 7;

// Features without which this driver does not start. All older than 6.1, the floor that
// DEFER_TASKRUN sets by itself.
inline constexpr unsigned uring_required_features =
    IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG | IORING_FEAT_CQE_SKIP;

}  // namespace shoal::io::uring
