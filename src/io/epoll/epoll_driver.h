#pragma once

#include <memory>

#include "base/result.h"
#include "io/driver.h"

namespace shoal::io {

/// Opens the epoll driver on the calling thread, which alone may then use it (but for wake()).
/// Errors: no descriptor or no memory left, as the message says.
[[nodiscard]] result<std::unique_ptr<driver>> open_epoll_driver(const driver_options&);

}  // namespace shoal::io
