#include "bench/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "base/descriptor_limit.h"

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds time_to_end{1};

bool wait_for_end(int process, monotonic_time until) noexcept {
  pollfd end{process, POLLIN, 0};
  int found;
  do {
    found = ::poll(&end, 1, milliseconds_until(until));
  } while (found < 0 && errno == EINTR);
  return found > 0;
}

bool keep_on(const topology::cpu_list& cpus) noexcept {
  cpu_set_t some;
  CPU_ZERO(&some);
  for (const unsigned cpu : cpus) {
    if (cpu < CPU_SETSIZE) CPU_SET(cpu, &some);
  }
  return ::sched_setaffinity(0, sizeof some, &some) == 0;
}

/// After fork(): what failed is said on stderr, which the parent reads.
[[noreturn]] void become(const command_line& what, char* const* words, pid_t parent, int output,
                         int errors) noexcept {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(what.output_is_read ? output : nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(nothing, STDIN_FILENO);
  raise_descriptor_limit();
  if (!what.cpus.empty() && !keep_on(what.cpus)) {
    ::dprintf(STDERR_FILENO, "cannot be kept on core %u: %s\n", what.cpus.front(),
              std::strerror(errno));
    ::_exit(127);
  }
  if (!what.directory.empty() && ::chdir(what.directory.c_str()) != 0) {
    ::dprintf(STDERR_FILENO, "%s: %s\n", what.directory.c_str(), std::strerror(errno));
    ::_exit(127);
  }
  if (::getppid() != parent) ::_exit(127);  // it was too late for PR_SET_PDEATHSIG
  ::execvp(words[0], words);
  ::dprintf(STDERR_FILENO, "%s: %s\n", words[0], std::strerror(errno));
  ::_exit(127);
}

struct pipe_ends {
  descriptor out;
  descriptor in;
};

result<pipe_ends> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "cannot make a pipe");
  return pipe_ends{descriptor(ends[0]), descriptor(ends[1])};
}

/// Three of them, in one line.
std::string last_lines(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t begin = text.size();
  for (int lines = 0; lines < 3 && begin != std::string::npos && begin > 0; ++lines) {
    begin = text.rfind('\n', begin - 1);
  }
  if (begin < text.size()) text.erase(0, begin + 1);
  std::replace(text.begin(), text.end(), '\n', ';');
  return text.empty() ? "it said nothing" : text;
}

}  // namespace

std::string own_program() {
  std::array<char, 4096> path;
  const auto size = ::readlink("/proc/self/exe", path.data(), path.size());
  return {path.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

int milliseconds_until(monotonic_time until) noexcept {
  if (until == never) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - read_clock()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 1'000'000));
}

bool sleep_until(monotonic_time until, const interruption& stop) noexcept {
  while (!stop()) {
    const int left = milliseconds_until(until);
    if (left == 0) return true;
    ::poll(nullptr, 0, left);
  }
  return false;
}

child_process::child_process(pid_t pid, descriptor process, descriptor output,
                             child_keeper keeper) noexcept
    : pid_(pid),
      process_(std::move(process)),
      out_(std::move(output)),
      keeper_(std::move(keeper)) {}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      process_(std::move(other.process_)),
      out_(std::move(other.out_)),
      keeper_(std::move(other.keeper_)),
      output_(std::move(other.output_)),
      status_(other.status_),
      reaped_(std::exchange(other.reaped_, true)) {}

result<child_process> child_process::start(const command_line& what) {
  auto output = make_pipe();
  if (!output) return output.error();
  auto errors = make_pipe();
  if (!errors) return errors.error();
  std::vector<char*> words;
  for (const auto& word : what.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return system_error(errno, "cannot start " + what.words.front());
  if (pid == 0) {
    become(what, words.data(), parent, output.value().in.get(), errors.value().in.get());
  }
  auto keeper = child_keeper::start(pid, std::move(errors.value().out));
  if (!keeper) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return keeper.error();
  }
  descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return child_process(pid, std::move(process), std::move(output.value().out),
                       std::move(keeper).value());
}

child_process::~child_process() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);  // its session: also what it has left behind
  if (!reaped_) {
    ::kill(pid_, SIGKILL);  // it may not have got as far as a session of its own
    reap();
  }
}

void child_process::reap() noexcept {
  while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
  }
  reaped_ = true;
}

bool child_process::ended() noexcept {
  if (reaped_ || !wait_for_end(process_.get(), read_clock())) return reaped_;
  reap();
  return true;
}

std::string child_process::how_it_ended() const {
  if (WIFEXITED(status_)) return "with exit code " + std::to_string(WEXITSTATUS(status_));
  const int signal = WTERMSIG(status_);
  return "by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

void child_process::stop() noexcept {
  if (!reaped_) {
    ::kill(pid_, SIGTERM);
    if (!wait_for_end(process_.get(), read_clock() + time_to_end)) ::kill(-pid_, SIGKILL);
    reap();
  }
  ::kill(-pid_, SIGKILL);
}

/// False: the output has ended.
result<bool> child_process::read_more(monotonic_time until, const interruption& stop) {
  pollfd source{out_.get(), POLLIN, 0};
  int found = 0;
  do {
    if (stop()) return error{EINTR, "interrupted"};
    const int left = milliseconds_until(until);
    found = ::poll(&source, 1, left);
    if (found == 0 && left == 0) return error{ETIMEDOUT, "it took too long"};
  } while (found <= 0);
  char bytes[16 * 1024];
  const auto count = ::read(out_.get(), bytes, sizeof bytes);
  if (count > 0) output_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

result<std::string> child_process::read_line(monotonic_time until, const interruption& stop) {
  while (true) {
    if (const auto end = output_.find('\n'); end != std::string::npos) {
      auto line = output_.substr(0, end);
      output_.erase(0, end + 1);
      return line;
    }
    const auto more = read_more(until, stop);
    if (!more) return more.error();
    if (!more.value()) return error{0, "it has ended: " + last_words()};
  }
}

result<int> child_process::wait(monotonic_time until, const interruption& stop) {
  while (true) {
    const auto more = read_more(until, stop);
    if (!more) return more.error();
    if (!more.value()) break;
  }
  if (!reaped_) {
    if (!wait_for_end(process_.get(), until)) return error{ETIMEDOUT, "it does not end"};
    reap();
  }
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

std::string child_process::last_words() const { return last_lines(keeper_.words()); }

}  // namespace shoal::bench
