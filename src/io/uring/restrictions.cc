#include "io/uring/restrictions.h"

#include <array>

namespace shoal::io::uring {
namespace {

consteval io_uring_restriction request(unsigned operation) {
  io_uring_restriction one{};
  one.opcode = IORING_RESTRICTION_SQE_OP;
  one.sqe_op = static_cast<__u8>(operation);
  return one;
}

consteval io_uring_restriction registration(unsigned operation) {
  io_uring_restriction one{};
  one.opcode = IORING_RESTRICTION_REGISTER_OP;
  one.register_op = static_cast<__u8>(operation);
  return one;
}

consteval io_uring_restriction flags(unsigned allowed) {
  io_uring_restriction one{};
  one.opcode = IORING_RESTRICTION_SQE_FLAGS_ALLOWED;
  one.sqe_flags = static_cast<__u8>(allowed);
  return one;
}

constexpr std::array all = {
    request(IORING_OP_ACCEPT),
    request(IORING_OP_RECV),
    request(IORING_OP_SEND),
    request(IORING_OP_CONNECT),
    request(IORING_OP_POLL_ADD),
    request(IORING_OP_ASYNC_CANCEL),
    request(IORING_OP_CLOSE),
    flags(IOSQE_CQE_SKIP_SUCCESS | IOSQE_BUFFER_SELECT),
    // For its end: what is in flight is cancelled, and its place among the thread's rings given up.
    registration(IORING_REGISTER_SYNC_CANCEL),
    registration(IORING_UNREGISTER_RING_FDS),
};

}  // namespace

// liburing 2.3 declares functions for both steps, and its shared library does not have them.
int restrict_and_enable(io_uring& ring) noexcept {
  const auto fd = static_cast<unsigned>(ring.ring_fd);
  const int code = io_uring_register(fd, IORING_REGISTER_RESTRICTIONS, all.data(), all.size());
  if (code != 0) return code;
  return io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
}

}  // namespace shoal::io::uring
