// Which driver this process gets, and why.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "io/driver.h"

namespace shoal::io {

enum class driver_kind { automatic, uring, epoll };

/// "auto", "uring" or "epoll"; false for anything else.
[[nodiscard]] bool parse_driver_kind(std::string_view text, driver_kind& kind) noexcept;

struct driver_choice {
  driver_kind kind = driver_kind::epoll;  ///< uring or epoll, never automatic
  /// Why not io_uring, in one line with the cure, when `automatic` fell back; else empty.
  std::string fallback_reason;
};

/// Decides once, by opening and closing a ring. `uring` where io_uring cannot be used is an error
/// with the same line that `automatic` gives as its reason. Leaves nothing open, so the supervisor
/// may call it before it forks.
[[nodiscard]] result<driver_choice> choose_driver(driver_kind wanted, const driver_options& = {});

/// Opens a driver on the calling thread, which alone may then use it (but for wake()). Not before
/// fork: a ring that a child inherits keeps its connections open.
[[nodiscard]] result<std::unique_ptr<driver>> open_driver(driver_kind kind,
                                                          const driver_options& = {});

}  // namespace shoal::io
