// A forked child whose body runs and which is gone, killed if need be, at its owner's end.
#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"

namespace shoal::testing {

class child_process final {
 public:
  /// The body's end is the child's. It must not return to the test and runs no destructors.
  template <typename Body>
  explicit child_process(Body body) : pid_(::fork()) {
    SHOAL_CHECK(pid_ >= 0);
    if (pid_ > 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    body();
    ::_exit(0);
  }
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  ~child_process() { kill(); }

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

  /// SIGKILL, and waits for the end.
  void kill() noexcept {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    wait();
  }

  /// Waits for the end; the status as of waitpid.
  int wait() noexcept {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return status;
  }

 private:
  pid_t pid_;
};

/// One byte from one process to another: "I have come so far".
class signal_pipe final {
 public:
  signal_pipe() {
    int ends[2];
    SHOAL_CHECK(::pipe(ends) == 0);
    read_end_.reset(ends[0]);
    write_end_.reset(ends[1]);
  }
  void give(char mark = '.') const { SHOAL_CHECK(::write(write_end_.get(), &mark, 1) == 1); }
  char take() const {
    char mark = 0;
    SHOAL_CHECK(::read(read_end_.get(), &mark, 1) == 1);
    return mark;
  }

 private:
  descriptor read_end_;
  descriptor write_end_;
};

}  // namespace shoal::testing
