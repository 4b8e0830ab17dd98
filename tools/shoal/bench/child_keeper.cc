#include "bench/child_keeper.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <new>
#include <utility>

#include "base/clock.h"

namespace shoal::bench {

/// In memory that both see. The keeper writes, we read.
struct child_keeper::notes {
  std::atomic<bool> at_work{false};       ///< bytes are out of the pipe and not here yet
  std::atomic<std::uint64_t> written{0};  ///< bytes ever; they wrap around
  std::array<char, words_kept> bytes{};

  /// False: the other end is closed.
  bool take_from(int pipe) noexcept {
    char some[words_kept];
    at_work = true;
    const auto count = ::read(pipe, some, sizeof some);
    const auto at = written.load();
    for (ssize_t i = 0; i < count; ++i) {
      bytes[(at + static_cast<std::uint64_t>(i)) % words_kept] = some[i];
    }
    if (count > 0) written = at + static_cast<std::uint64_t>(count);
    at_work = false;
    return count > 0 || (count < 0 && errno == EINTR);
  }
};

namespace {

constexpr std::chrono::milliseconds patience{200};  // with a keeper that has something to read

/// Leaves these two open alone: another's pipe that stayed open here would never end.
void close_others(int& one, int& two) noexcept {
  const int low = ::dup(one);
  const int high = ::dup(two);
  one = ::dup2(low, STDIN_FILENO);
  two = ::dup2(high, STDOUT_FILENO);
  ::close_range(STDOUT_FILENO + 1, ~0U, 0);
}

}  // namespace

child_keeper::child_keeper(pid_t pid, notes* kept, descriptor said, descriptor life) noexcept
    : pid_(pid), kept_(kept), said_(std::move(said)), life_(std::move(life)) {}

child_keeper::child_keeper(child_keeper&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      kept_(std::exchange(other.kept_, nullptr)),
      said_(std::move(other.said_)),
      life_(std::move(other.life_)) {}

child_keeper::~child_keeper() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (kept_ != nullptr) ::munmap(kept_, sizeof(notes));
}

result<child_keeper> child_keeper::start(pid_t child, descriptor said) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "cannot make a pipe");
  descriptor life_there(ends[0]);
  descriptor life_here(ends[1]);
  void* const memory =
      ::mmap(nullptr, sizeof(notes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return system_error(errno, "cannot map memory");
  auto* const kept = new (memory) notes;
  const pid_t pid = ::fork();
  if (pid == 0) watch(child, said.get(), life_there.get(), *kept);
  child_keeper keeper(pid, kept, std::move(said), std::move(life_here));
  if (pid < 0) return system_error(errno, "cannot start a process");
  return keeper;
}

/// In the process of its own.
void child_keeper::watch(pid_t child, int said, int life, notes& kept) noexcept {
  ::setsid();  // a terminal's Ctrl-C is for us alone
  ::prctl(PR_SET_NAME, "shoal-keeper");
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) ::signal(each, SIG_IGN);
  close_others(said, life);
  pollfd sources[] = {{life, POLLIN, 0}, {said, POLLIN, 0}};
  while (true) {
    if (::poll(sources, 2, -1) < 0) continue;
    if (sources[0].revents != 0) break;
    if (sources[1].revents != 0 && !kept.take_from(said)) sources[1].fd = -1;
  }
  ::kill(-child, SIGKILL);
  ::_exit(0);
}

std::string child_keeper::words() const {
  const auto until = read_clock() + patience;
  int left = 0;
  // In this order: what has left the pipe is at work until it is there.
  while (((::ioctl(said_.get(), FIONREAD, &left) == 0 && left > 0) || kept_->at_work) &&
         read_clock() < until) {
    ::poll(nullptr, 0, 1);
  }
  const auto end = kept_->written.load();
  std::string text;
  for (auto at = end - std::min<std::uint64_t>(end, words_kept); at < end; ++at) {
    text += kept_->bytes[at % words_kept];
  }
  return text;
}

}  // namespace shoal::bench
