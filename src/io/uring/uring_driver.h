// The io_uring driver (io/driver.h). Linux 6.1 or newer.
#pragma once

#include <memory>

#include "base/result.h"
#include "io/driver.h"

namespace shoal::io {

/// A driver for the calling thread. The error's message is one line with the cure.
[[nodiscard]] result<std::unique_ptr<driver>> open_uring_driver(const driver_options& = {});

}  // namespace shoal::io
