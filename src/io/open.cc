#include "io/open.h"

#include <utility>

#include "io/epoll/epoll_driver.h"
#include "io/uring/uring_driver.h"

namespace shoal::io {

bool parse_driver_kind(std::string_view text, driver_kind& kind) noexcept {
  constexpr std::pair<std::string_view, driver_kind> names[] = {{"auto", driver_kind::automatic},
                                                                {"uring", driver_kind::uring},
                                                                {"epoll", driver_kind::epoll}};
  for (const auto& [name, named] : names) {
    if (text != name) continue;
    kind = named;
    return true;
  }
  return false;
}

result<driver_choice> choose_driver(driver_kind wanted, const driver_options& options) {
  if (wanted == driver_kind::epoll) return driver_choice{driver_kind::epoll, {}};
  // A whole driver and not just a ring: a filter may deny any of io_uring's three system calls.
  if (auto trial = open_uring_driver(options); !trial) {
    if (wanted == driver_kind::uring) return trial.error();
    return driver_choice{driver_kind::epoll, trial.error().message};
  }
  return driver_choice{driver_kind::uring, {}};
}

result<std::unique_ptr<driver>> open_driver(driver_kind kind, const driver_options& options) {
  if (kind != driver_kind::epoll) {
    auto opened = open_uring_driver(options);
    if (opened || kind == driver_kind::uring) return opened;
  }
  return open_epoll_driver(options);
}

}  // namespace shoal::io
