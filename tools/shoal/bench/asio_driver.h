// The third line of a comparison: our HTTP engine on asio's io_context, so that what moves the
// bytes is all that differs.
//
// asio resumes one handler at a time, and asks the kernel when it has no more; so a turn here is
// one outcome. It moves bytes the way that asio's own examples do: a receive has a buffer of its
// connection's for as long as it waits, and both directions try the socket before they wait for it.
#pragma once

#include <memory>

#include "base/result.h"
#include "io/driver.h"

namespace shoal::bench {

/// For servers that are measured: it neither connects nor sends files (both end with EOPNOTSUPP),
/// and its connections cannot be taken by other loops. Which system calls asio makes nobody counts.
[[nodiscard]] result<std::unique_ptr<io::driver>> open_asio_driver();

}  // namespace shoal::bench
