#include "io/uring/napi.h"

namespace shoal::io::uring {

int register_busy_poll(io_uring& ring) noexcept {
  // Interrupts stay as they are: to have them put off, a card must be told so, too.
  uring_napi asked{.busy_poll_us = busy_poll_us};
  return io_uring_register(static_cast<unsigned>(ring.ring_fd), uring_register_napi, &asked, 1);
}

}  // namespace shoal::io::uring
