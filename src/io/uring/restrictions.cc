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

constexpr std::array always = {
    request(IORING_OP_ACCEPT),
    request(IORING_OP_RECV),
    request(IORING_OP_SEND),
    request(IORING_OP_CONNECT),
    request(IORING_OP_POLL_ADD),
    request(IORING_OP_ASYNC_CANCEL),
    request(IORING_OP_CLOSE),
    // For its end: what is in flight is cancelled, and its place among the thread's rings given up.
    registration(IORING_REGISTER_SYNC_CANCEL),
    registration(IORING_UNREGISTER_RING_FDS),
};

constexpr unsigned usual_flags = IOSQE_CQE_SKIP_SUCCESS | IOSQE_BUFFER_SELECT;

struct restrictions final {
  std::array<io_uring_restriction, always.size() + 4> all{};
  unsigned count = 0;

  void add(const io_uring_restriction& one) noexcept { all[count++] = one; }
};

restrictions for_those(const uring_features& used) noexcept {
  restrictions list;
  for (const auto& one : always) list.add(one);
  if (used.zero_copy_send) list.add(request(IORING_OP_SEND_ZC));
  if (!used.registered_files) {
    list.add(flags(usual_flags));
    return list;
  }
  list.add(flags(usual_flags | IOSQE_FIXED_FILE));
  list.add(request(IORING_OP_FILES_UPDATE));
  list.add(registration(IORING_UNREGISTER_FILES));
  return list;
}

}  // namespace

// liburing 2.3 declares functions for both steps, and its shared library does not have them.
int restrict_and_enable(io_uring& ring, const uring_features& used) noexcept {
  const auto fd = static_cast<unsigned>(ring.ring_fd);
  const restrictions list = for_those(used);
  const int code = io_uring_register(fd, IORING_REGISTER_RESTRICTIONS, list.all.data(), list.count);
  if (code != 0) return code;
  return io_uring_register(fd, IORING_REGISTER_ENABLE_RINGS, nullptr, 0);
}

}  // namespace shoal::io::uring
