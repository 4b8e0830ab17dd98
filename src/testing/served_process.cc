#include "testing/served_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace shoal::test {
namespace {

using clock = std::chrono::steady_clock;

// What a test does not read must not stop the child in a write. The largest that needs no
// privilege.
constexpr int log_bytes = 1 << 20;

int milliseconds_until(clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
  return static_cast<int>(std::max<long long>(left, 0));
}

[[noreturn]] void be_child(pid_t parent, int output, const std::function<int()>& body) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);  // it was too late for that
  ::dup2(output, STDERR_FILENO);
  const int code = body();
  std::fflush(nullptr);
  ::_exit(code);
}

/// It has ended, and its parent buries it later.
bool is_zombie(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  std::getline(file, line);
  const auto name_ends = line.rfind(')');
  return name_ends == std::string::npos || line.compare(name_ends, 3, ") Z") == 0;
}

}  // namespace

served_process::served_process(const std::function<int()>& body) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  descriptor output(ends[1]);
  output_.reset(ends[0]);
  ::fcntl(output.get(), F_SETPIPE_SZ, log_bytes);
  std::fflush(nullptr);  // else the child would write our buffered output again
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0) be_child(parent, output.get(), body);
}

served_process::~served_process() {
  if (reaped_ || pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool served_process::read_more(clock::time_point until) {
  pollfd source{output_.get(), POLLIN, 0};
  if (::poll(&source, 1, milliseconds_until(until)) <= 0) return false;
  char bytes[4096];
  const auto size = ::read(output_.get(), bytes, sizeof bytes);
  if (size <= 0) return false;
  log_.append(bytes, static_cast<std::size_t>(size));
  return true;
}

std::string served_process::wait_for(std::string_view text, std::chrono::milliseconds limit) {
  const auto until = clock::now() + limit;
  while (true) {
    for (auto end = log_.find('\n', seen_); end != std::string::npos;
         end = log_.find('\n', seen_)) {
      const auto line = log_.substr(seen_, end - seen_);
      seen_ = end + 1;
      if (line.find(text) != std::string::npos) return line;
    }
    if (!read_more(until)) return {};
  }
}

const std::string& served_process::log_so_far() {
  const auto until = clock::now() + std::chrono::milliseconds(300);
  while (read_more(until)) {
  }
  return log_;
}

bool served_process::ready() {
  const auto line = wait_for("ready: listening on ");
  const auto colon = line.find("127.0.0.1:");
  if (colon == std::string::npos) return false;
  port_ = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 10));
  return port_ != 0;
}

void served_process::signal(int number) const noexcept { ::kill(pid_, number); }

int served_process::ended() {
  const auto until = clock::now() + patience;
  while (read_more(until)) {
  }
  if (!has_ended(pid_)) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> served_process::children() const {
  const auto id = std::to_string(pid_);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> all;
  for (pid_t child = 0; file >> child;) {
    if (!is_zombie(child)) all.push_back(child);
  }
  return all;
}

bool has_ended(pid_t pid) {
  const descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return true;  // reaped already
  pollfd source{process.get(), POLLIN, 0};
  return ::poll(&source, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) == 1;
}

}  // namespace shoal::test
