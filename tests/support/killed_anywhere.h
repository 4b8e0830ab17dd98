// A process that is killed, or stopped for a while, after each single instruction of what it does.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "support/child_process.h"
#include "support/sanitizers.h"

namespace shoal::testing {

/// Where a deed is gone through instruction by instruction from.
inline void stop_here() {
  ::syscall(SYS_kill, ::getpid(), SIGSTOP);  // directly: sanitizers surround raise() with much
}

enum class fate { stopped, finished, forbidden };

/// A child that does `deed`, which calls stop_here() once.
class stepped_process final {
 public:
  explicit stepped_process(const std::function<void()>& deed)
      : child_([&] {
          if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) ::_exit(1);
          deed();
          ::syscall(SYS_exit_group, 0);
        }) {}

  [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }

  /// To where it is gone through from.
  fate start() {
    int status = 0;
    const bool there = ::waitpid(pid(), &status, 0) == pid() && WIFSTOPPED(status);
    return there ? fate::stopped : fate::forbidden;
  }
  fate step() {
    int status = 0;
    if (::ptrace(PTRACE_SINGLESTEP, pid(), nullptr, nullptr) != 0) return fate::forbidden;
    if (::waitpid(pid(), &status, 0) != pid()) return fate::forbidden;
    return WIFEXITED(status) ? fate::finished : fate::stopped;
  }
  fate step(long instructions) {
    fate now = start();
    for (; instructions > 0 && now == fate::stopped; --instructions) now = step();
    return now;
  }
  /// Until it has changed `memory`, which nobody else does, so often.
  fate step_through_changes(unsigned count, std::span<const std::byte> memory) {
    fate now = start();
    std::vector<std::byte> before(memory.begin(), memory.end());
    while (count > 0 && now == fate::stopped) {
      now = step();
      if (std::equal(memory.begin(), memory.end(), before.begin())) continue;
      before.assign(memory.begin(), memory.end());
      --count;
    }
    return now;
  }

  /// One that is stopped goes on to its end.
  [[nodiscard]] bool go_on() {
    return ::ptrace(PTRACE_DETACH, pid(), nullptr, nullptr) == 0 && child_.wait() == 0;
  }
  void kill() { child_.kill(); }

 private:
  child_process child_;
};

/// A process is killed after every number of instructions until its deed is done, `stride` of them
/// more each time, and then `check` looks.
inline void kill_everywhere(long stride, const std::function<void()>& prepare,
                            const std::function<void()>& deed,
                            const std::function<void(pid_t dead)>& check) {
  constexpr long most_instructions = 1'000'000;
  for (long i = 0; i < most_instructions; i += stride) {
    prepare();
    stepped_process process(deed);
    const pid_t dead = process.pid();
    const auto end = process.step(i);
    if (end == fate::forbidden) GTEST_SKIP() << "ptrace is not permitted here";
    process.kill();
    check(dead);
    if (::testing::Test::HasFailure()) FAIL() << "killed after instruction " << i;
    if (end == fate::finished) return;
  }
  FAIL() << "it never ends";
}

/// A process is killed after each change of `memory` that its deed makes, and then `check` looks.
/// Where else it is killed makes no difference to those who are left.
inline void kill_after_each_change(std::span<const std::byte> memory,
                                   const std::function<void()>& prepare,
                                   const std::function<void()>& deed,
                                   const std::function<void()>& check) {
  for (unsigned changes = 0;; ++changes) {
    prepare();
    stepped_process process(deed);
    const auto end = process.step_through_changes(changes, memory);
    if (end == fate::forbidden) GTEST_SKIP() << "ptrace is not permitted here";
    process.kill();
    check();
    if (::testing::Test::HasFailure()) FAIL() << "killed after change " << changes;
    if (end == fate::finished) return;
  }
}

/// Sanitizers make many of few: then it is some of them.
inline constexpr long each_instruction = running_with_sanitizers ? 97 : 1;

}  // namespace shoal::testing
