// The io_uring driver with what it uses only where asked for: all that goes together in one, and in
// another what takes a thread of the kernel's.
#include "io/uring/uring_driver.h"
#include "socket_world.h"

namespace shoal::io::conformance {
namespace {

template <uring_features Used>
result<std::unique_ptr<world>> open_with(const driver_options& options) {
  auto more = options;
  more.uring = Used;
  return make_socket_world(open_uring_driver(more));
}

constexpr uring_features most{
    .zero_copy_send = true, .registered_files = true, .napi_busy_poll = true};
constexpr uring_features polled{.sqpoll = true};

const registration with("uring_with", open_with<most>);
const registration with_sqpoll("uring_with_sqpoll", open_with<polled>, pace::its_own);

}  // namespace
}  // namespace shoal::io::conformance
