#include "io/epoll/epoll_driver.h"
#include "socket_world.h"

namespace shoal::io::conformance {
namespace {

const registration epoll("epoll", [](const driver_options& options) {
  return make_socket_world(open_epoll_driver(options));
});

}  // namespace
}  // namespace shoal::io::conformance
