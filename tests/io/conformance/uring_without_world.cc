// What the io_uring driver makes use of costs or saves time, and changes nothing that can be seen:
// one that does without all that this is true of. Without multishot receives, who waits for a
// buffer may wait for longer than this suite allows; without deferred task work, a connection is
// accepted at once, whatever was to be closed before.
#include "io/uring/uring_driver.h"
#include "socket_world.h"

namespace shoal::io::conformance {
namespace {

const registration without("uring_without", [](const driver_options& options) {
  auto fewer = options;
  fewer.uring = {.multishot_accept = false,
                 .skipped_completions = false,
                 .batched_submissions = false,
                 .registered_ring = false};
  return make_socket_world(open_uring_driver(fewer));
});

}  // namespace
}  // namespace shoal::io::conformance
