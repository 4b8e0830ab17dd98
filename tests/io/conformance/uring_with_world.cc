// The io_uring driver with all that it uses only where asked for, at once: a world for each would
// take CI longer than they are worth. What each does is in ../uring_extras_test.cc.
#include "io/uring/uring_driver.h"
#include "socket_world.h"

namespace shoal::io::conformance {
namespace {

const registration with(
    "uring_with",
    [](const driver_options& options) {
      auto more = options;
      more.uring = {
          .zero_copy_send = true, .sqpoll = true, .registered_files = true, .napi_busy_poll = true};
      return make_socket_world(open_uring_driver(more));
    },
    pace::its_own);

}  // namespace
}  // namespace shoal::io::conformance
