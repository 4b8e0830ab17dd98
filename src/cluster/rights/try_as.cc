#include "cluster/rights/try_as.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/descriptor.h"
#include "cluster/rights/rights.h"
#include "cluster/supervisor/fork_process.h"

namespace shoal::cluster {
namespace {

/// Signals stay blocked.
[[noreturn]] void be_child(int output, const std::optional<run_as>& who,
                           const std::function<result<void>()>& what) {
  gain_no_rights();
  auto done = who ? become(*who) : result<void>();
  if (done) done = what();
  if (done) std::_Exit(0);
  const auto& text = done.error().message;
  [[maybe_unused]] const auto ignored = ::write(output, text.data(), text.size());
  std::_Exit(1);
}

std::string read_all(int input) {
  std::string text;
  char bytes[512];
  for (;;) {
    const auto size = ::read(input, bytes, sizeof bytes);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append(bytes, static_cast<std::size_t>(size));
  }
}

}  // namespace

result<void> try_as(const std::optional<run_as>& who, const std::function<result<void>()>& what) {
  const std::string as = who ? " as user " + who->name : "";
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error(errno, "cannot open a pipe");
  const descriptor input(ends[0]);
  descriptor output(ends[1]);
  sigset_t before;
  const pid_t child = fork_with_signals_blocked(before);
  const int failure = errno;
  if (child == 0) be_child(output.get(), who, what);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (child < 0) return system_error(failure, "cannot fork a process to try" + as);
  output.reset();
  auto text = read_all(input.get());
  int status = 0;
  pid_t ended = 0;
  while ((ended = ::waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (ended < 0) return system_error(errno, "cannot hear how a try" + as + " ended");
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (text.empty()) text = "what was tried" + as + " has ended the process";
  return error{0, std::move(text)};
}

}  // namespace shoal::cluster
