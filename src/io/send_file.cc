#include "io/send_file.h"

#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace shoal::io {
namespace {

void block_broken_pipe_signal() noexcept {
  thread_local const bool blocked = [] {
    sigset_t broken_pipe;
    ::sigemptyset(&broken_pipe);
    ::sigaddset(&broken_pipe, SIGPIPE);
    return ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr) == 0;
  }();
  static_cast<void>(blocked);
}

}  // namespace

int send_file_step(send_file_op& op, std::uint64_t& system_calls) noexcept {
  block_broken_pipe_signal();
  std::uint32_t left = std::min(op.count - op.progress_, most_file_bytes_a_step);
  while (left > 0) {
    auto at = static_cast<off_t>(op.offset + op.progress_);
    ++system_calls;
    const ssize_t n = ::sendfile(op.socket, op.file, &at, left);
    if (n < 0) return -errno;
    if (n == 0) return 0;
    // After a short count it asks again: whether the socket is full or the file has ended is not
    // known before, and edge-triggered readiness needs the EAGAIN.
    op.progress_ += static_cast<std::uint32_t>(n);
    left -= static_cast<std::uint32_t>(n);
  }
  return op.progress_ == op.count ? 0 : -EINPROGRESS;
}

}  // namespace shoal::io
