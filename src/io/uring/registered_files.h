// Sockets that a ring looks up once (IOSQE_FIXED_FILE), and not in the process's table for each
// request. Its own table is indexed by their numbers.
//
// A socket is put there with the first request about it, by a request in front of that one; so it
// does not matter whether it was accepted here, connected or handed over. It is taken out in front
// of its close, and when it goes to another loop: an entry keeps a connection open.
#pragma once

#include <cstdint>
#include <vector>

#include "io/uring/ring.h"

namespace shoal::io::uring {

/// Threads   the ring's
/// Errors    where the kernel has no memory for an entry, requests about the socket end with EBADF
/// Cost      one more request for each connection, two with its end; a comparison where there is no
///           table
class registered_files final {
 public:
  /// Others are looked up as ever.
  static constexpr unsigned most_entries = 16'384;

  /// Before the ring is enabled. 0 or a negated errno, -EOPNOTSUPP where the kernel would keep a
  /// socket open for as long as requests about others last.
  [[nodiscard]] int open(io_uring& ring);

  /// Gives all entries up.
  void close(io_uring& ring) noexcept;

  /// For the flags of a request about this socket. May queue one of its own: call it first.
  [[nodiscard]] std::uint8_t flag_for(int socket, ring& queue) noexcept {
    if (static_cast<unsigned>(socket) >= entries_) return 0;
    if (wanted_[static_cast<unsigned>(socket)] < 0) update(socket, socket, queue);
    return IOSQE_FIXED_FILE;
  }

  /// Nothing is in flight for it.
  void forget(int socket, ring& queue) noexcept {
    if (static_cast<unsigned>(socket) >= entries_) return;
    if (wanted_[static_cast<unsigned>(socket)] >= 0) update(socket, -1, queue);
  }

 private:
  void update(int socket, int file, ring& queue) noexcept;

  unsigned entries_ = 0;
  // What each entry shall hold. The kernel reads it when it comes to an update: if there are two of
  // one entry by then, both do what the second asks for.
  std::vector<int> wanted_;
};

}  // namespace shoal::io::uring
