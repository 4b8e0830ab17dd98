// Sends from where the bytes are (IORING_OP_SEND_ZC): the socket refers to them and has no copy.
//
// So they are the kernel's for longer than the send takes: until the peer has acknowledged them. A
// second completion says so (IORING_CQE_F_NOTIF), and only then has the operation ended. A peer
// that does not read can put that off for ever, and no cancel request takes the bytes back. What
// does is to reset the connection: so a send that is cancelled does that, and a driver that ends
// does it to all that have bytes out.
//
// A short or a failed attempt goes on as a send that copies, which also meets what went wrong. And
// a send that another follows at once copies: it would put the other off until it is acknowledged,
// while the kernel holds its last segment back for the other's bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "io/operation.h"
#include "io/uring/uring_compat.h"

namespace shoal::io::uring {

/// The sockets that have bytes out. Nothing is, before open().
///
/// Cost      takes() is one comparison for a small send; 512 KiB from open() on
class zero_copy final {
 public:
  /// Below that, counting references and a second completion cost more than a copy.
  static constexpr std::size_t least_bytes = 16 * 1024;
  /// Descriptors that are not below send as ever.
  static constexpr unsigned most_sockets = 65'536;

  void open() {
    out_.resize(most_sockets, nullptr);
    least_ = least_bytes;
  }

  [[nodiscard]] bool takes(const send_op& op) const noexcept {
    return op.bytes.size() >= least_ && !op.more_follows &&
           static_cast<unsigned>(op.socket) < most_sockets;
  }

  /// Makes of a send's request one that does not copy. It always has a completion.
  static void alter(io_uring_sqe& entry) noexcept {
    entry.opcode = IORING_OP_SEND_ZC;
    entry.flags = static_cast<__u8>(entry.flags & ~IOSQE_CQE_SKIP_SUCCESS);
  }

  void lend(const send_op& op) noexcept { out_[static_cast<std::size_t>(op.socket)] = &op; }
  void have_back(const send_op& op) noexcept {
    out_[static_cast<std::size_t>(op.socket)] = nullptr;
  }
  /// As a driver ends: of one that may be gone. Looks through all sockets.
  void have_back_late(const operation* op) noexcept {
    std::replace(out_.begin(), out_.end(), op, static_cast<const operation*>(nullptr));
  }

  /// Takes the bytes back, at the price of the connection. One system call.
  static void reset(int socket) noexcept;
  void reset_all() noexcept;

 private:
  std::size_t least_ = ~std::size_t{0};
  std::vector<const operation*> out_;  // by descriptor: at most one send is in flight for each
};

}  // namespace shoal::io::uring
