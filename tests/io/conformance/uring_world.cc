#include "io/uring/uring_driver.h"
#include "socket_world.h"

namespace shoal::io::conformance {
namespace {

const registration uring("uring", [](const driver_options& options) {
  return make_socket_world(open_uring_driver(options));
});

}  // namespace
}  // namespace shoal::io::conformance
