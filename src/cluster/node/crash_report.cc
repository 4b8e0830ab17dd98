// Abseil has a handler for this; it follows frame pointers, which end in the C library's abort().
// glibc's backtrace() follows unwind tables and gets through.
#include "cluster/node/crash_report.h"

#include <absl/debugging/symbolize.h>
#include <execinfo.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "cluster/rights/call_filter.h"

namespace shoal::cluster {
namespace {

constexpr int frames_max = 48;

void write_line(const char* text) noexcept {
  [[maybe_unused]] const auto ignored = ::write(STDERR_FILENO, text, std::strlen(text));
}

constexpr int by_a_filter = 1;  // SYS_SECCOMP, which the C library has no name for

void tell_call(const siginfo_t& information) noexcept {
  if (information.si_signo != SIGSYS || information.si_code != by_a_filter) return;
  char line[256];
  const char* const name = name_of_call(information.si_syscall);
  std::snprintf(line, sizeof line,
                "*** system call %d (%s) is not allowed; --seccomp-allow adds it, and "
                "--seccomp log shows all that are missing\n",
                information.si_syscall, name);
  write_line(line);
}

void report(int signal, siginfo_t* information, void*) {
  tell_call(*information);
  char line[1280];
  std::snprintf(line, sizeof line, "*** SIG%s in process %d, thread %d; the stack:\n",
                ::sigabbrev_np(signal), ::getpid(), ::gettid());
  write_line(line);
  void* frames[frames_max];
  const int count = ::backtrace(frames, frames_max);
  for (int i = 1; i < count; ++i) {  // without this function
    char name[1024];
    // One byte back: a return address may belong to the function behind the call.
    const auto* inside = static_cast<const char*>(frames[i]) - 1;
    const bool named = absl::Symbolize(inside, name, sizeof name);
    std::snprintf(line, sizeof line, "***   %p  %s\n", frames[i], named ? name : "?");
    write_line(line);
  }
  // SA_RESETHAND: this time it ends the process, with the signal as its status.
  ::raise(signal);
}

}  // namespace

void install_crash_report() noexcept {
  absl::InitializeSymbolizer("/proc/self/exe");
  void* first[1];
  ::backtrace(first, 1);  // loads the unwinder now, since it must not be loaded in a handler
  struct sigaction action{};
  action.sa_sigaction = &report;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    ::sigaction(signal, &action, nullptr);
  }
}

}  // namespace shoal::cluster
