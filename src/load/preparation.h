// What is settled before a load begins: whatever is wrong is said here, and not after a warm-up.
#pragma once

#include <string>

#include "base/result.h"
#include "io/open.h"
#include "load/options.h"
#include "load/tape.h"

namespace shoal::load {

struct preparation {
  options asked;
  tape requests;
  io::driver_kind driver = io::driver_kind::epoll;  ///< uring or epoll
  std::string fallback_reason;  ///< why not io_uring, where that was left to us; else empty
};

/// Checks what is asked, allows as many descriptors as that takes, draws the requests and chooses
/// the driver.
[[nodiscard]] result<preparation> prepare(options asked);

/// For the calling thread: its core (-1: any), and to be on time on a busy one.
[[nodiscard]] result<void> prepare_thread(int cpu);

}  // namespace shoal::load
