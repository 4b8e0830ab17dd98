// glibc's backtrace() and no frame pointers, for the reason that crash_report.cc has. In a handler
// it takes no lock and allocates nothing once the unwinder is loaded, given glibc 2.35 and libgcc
// 12, whose tables are found without the loader's lock (_dl_find_object).
#include "cluster/stall/stall_stack.h"

#include <absl/debugging/symbolize.h>
#include <execinfo.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <mutex>

#include "base/check.h"
#include "cluster/stall/stall_cause.h"

namespace shoal::cluster {
namespace {

constexpr int frames_max = 48;
constexpr int own_frames = 2;  // the handler and the return from it

// One question at a time. `state` decides who has the buffer: the asker makes it `asked`, the
// handler claims it by `writing` and gives it back by `written`; an asker whose patience is at an
// end takes `asked` back to `idle`, and a handler that comes later finds nothing to do. A late one
// answers the next question, if it is about the same thread: its stack of that moment.
enum : int { idle, asked, writing, written };

struct question {
  std::atomic<int> state{idle};
  std::atomic<pid_t> thread{0};  // written by the asker before `asked`, read by the handler
  sem_t answered;
  int depth = 0;
  void* frames[frames_max];
};

// What a signal handler can find: there is no other way to it.
question the_question;

void capture(int, siginfo_t*, void*) {
  const int error = errno;
  auto& q = the_question;
  int expected = asked;
  // Acquire: sees q.thread; pairs with ask()'s release.
  if (q.thread.load(std::memory_order_relaxed) == ::gettid() &&
      q.state.compare_exchange_strong(expected, writing, std::memory_order_acquire)) {
    q.depth = ::backtrace(q.frames, frames_max);
    q.state.store(written,
                  std::memory_order_release);  // the frames; pairs with answered()'s acquire
    ::sem_post(&q.answered);
  }
  errno = error;
}

bool wait_for_answer(sem_t& answered, nanoseconds patience) noexcept {
  const auto until = (read_clock() + patience).time_since_epoch().count();
  const timespec deadline{until / 1'000'000'000, until % 1'000'000'000};
  int failed = 0;
  do {
    failed = ::sem_clockwait(&answered, CLOCK_MONOTONIC, &deadline);
  } while (failed != 0 && errno == EINTR);
  return failed == 0;
}

enum class answer { given, late, gone };

answer ask(pid_t thread, nanoseconds patience) noexcept {
  auto& q = the_question;
  q.thread.store(thread, std::memory_order_relaxed);
  q.state.store(asked, std::memory_order_release);  // q.thread; pairs with capture()'s acquire
  if (::syscall(SYS_tgkill, ::getpid(), thread, stack_signal()) != 0) {
    q.state.store(idle, std::memory_order_relaxed);
    return answer::gone;
  }
  if (!wait_for_answer(q.answered, patience)) {
    int expected = asked;
    if (q.state.compare_exchange_strong(expected, idle)) return answer::late;
    // It is being written at this moment, by somebody who may have lost the core: it will end.
    while (!wait_for_answer(q.answered, patience)) {
    }
  }
  SHOAL_CHECK(q.state.load(std::memory_order_acquire) ==
              written);  // pairs with capture()'s release
  return answer::given;
}

std::string show_frames(const question& q) {
  std::string text;
  for (int i = own_frames; i < q.depth; ++i) {
    char name[1024];
    // One byte back: a return address may belong to the function behind the call.
    const bool named =
        absl::Symbolize(static_cast<const char*>(q.frames[i]) - 1, name, sizeof name);
    char address[32];
    std::snprintf(address, sizeof address, "  %p  ", q.frames[i]);
    text += std::string(address) + (named ? name : "?") + '\n';
  }
  return text.empty() ? "  (no stack: it cannot be walked)\n" : text;
}

bool has_timeouts(int socket) noexcept {
  for (const int which : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    timeval limit{};
    socklen_t size = sizeof limit;
    if (::getsockopt(socket, SOL_SOCKET, which, &limit, &size) == 0 &&
        (limit.tv_sec != 0 || limit.tv_usec != 0))
      return true;
  }
  return false;
}

}  // namespace

int stack_signal() noexcept { return SIGRTMAX - 2; }

void install_stack_capture() noexcept {
  absl::InitializeSymbolizer("/proc/self/exe");
  void* first[1];
  ::backtrace(first, 1);
  SHOAL_CHECK(::sem_init(&the_question.answered, 0, 0) == 0);
  struct sigaction action{};
  action.sa_sigaction = &capture;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESTART);
  ::sigfillset(&action.sa_mask);  // no other handler begins inside this one
  ::sigaction(stack_signal(), &action, nullptr);
}

bool may_be_asked(const thread_facts& facts) noexcept {
  if (facts.state == 'R') return true;
  if (facts.state != 'S' || !is_restarted(facts)) return false;
  return !takes_descriptor(facts) || !has_timeouts(static_cast<int>(facts.arguments[0]));
}

std::string stack_of(pid_t thread, nanoseconds patience) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  switch (ask(thread, patience)) {
    case answer::given:
      return show_frames(the_question);
    case answer::late:
      return "  (no stack: the thread has not answered)\n";
    case answer::gone:
      break;
  }
  return "  (no stack: the thread is gone)\n";
}

}  // namespace shoal::cluster
