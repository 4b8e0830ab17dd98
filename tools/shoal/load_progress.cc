#include "load_progress.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace shoal::tool {
namespace {

constexpr std::chrono::milliseconds between_lines{250};

volatile sig_atomic_t wants_to_end = 0;

void note_signal(int) { wants_to_end = 1; }

void catch_once(int signal) {
  struct sigaction action = {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

load_watch::load_watch() noexcept
    : terminal_(::isatty(STDERR_FILENO) == 1), began_(read_clock()), printed_(began_) {
  catch_once(SIGINT);
  catch_once(SIGTERM);
}

load_watch::~load_watch() {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

bool load_watch::interrupted() noexcept { return wants_to_end != 0; }

bool load_watch::look(const load::live_sum& seen) {
  const monotonic_time now = read_clock();
  if (terminal_ && now - printed_ >= between_lines) print(seen, now);
  return !interrupted();
}

void load_watch::print(const load::live_sum& seen, monotonic_time now) {
  using seconds = std::chrono::duration<double>;
  const double rate = static_cast<double>(seen.right - right_) / seconds(now - printed_).count();
  printed_ = now;
  right_ = seen.right;
  std::fprintf(stderr, "\r\033[K%5.1f s %12.0f answers/s %14llu answers",
               seconds(now - began_).count(), rate, static_cast<unsigned long long>(seen.right));
  if (seen.wrong != 0) {
    std::fprintf(stderr, ", %llu errors", static_cast<unsigned long long>(seen.wrong));
  }
  if (seen.behind >= std::chrono::milliseconds(1)) {
    std::fprintf(stderr, ", %.0f ms behind the plan",
                 std::chrono::duration<double, std::milli>(seen.behind).count());
  }
  std::fflush(stderr);
}

}  // namespace shoal::tool
