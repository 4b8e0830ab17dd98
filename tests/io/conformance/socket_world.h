#pragma once

#include <memory>

#include "base/result.h"
#include "harness.h"

namespace shoal::io::conformance {

/// A world whose far ends are plain TCP sockets of this thread, over the loopback interface.
[[nodiscard]] result<std::unique_ptr<world>> make_socket_world(result<std::unique_ptr<driver>>);

}  // namespace shoal::io::conformance
