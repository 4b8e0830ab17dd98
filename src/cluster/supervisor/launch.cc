#include "cluster/supervisor/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <utility>

#include "cluster/exit_code.h"
#include "cluster/supervisor/heritage.h"

namespace shoal::cluster {
namespace {

namespace fs = std::filesystem;

/// A signal that is ignored would be ignored in the next program too.
void be_as_at_a_start() noexcept {
  for (const int signal : supervisor_signals) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

int execute(const std::string& binary, std::vector<std::string> arguments,
            std::vector<std::string> environment, int channel) {
  be_as_at_a_start();
  ::fcntl(channel, F_SETFD, 0);
  environment.push_back(heritage_variable + ("=" + std::to_string(channel)));
  ::execve(binary.c_str(), pointers_to(arguments).data(), pointers_to(environment).data());
  send_note(channel, note_kind::failed, system_error(errno, "cannot execute " + binary).message);
  return exit_boot_failed;
}

}  // namespace

launch read_launch(const std::string& process) {
  launch out;
  const auto place = "/proc/" + process;
  std::ifstream file(place + "/cmdline", std::ios::binary);
  for (std::string one; std::getline(file, one, '\0');) out.arguments.push_back(one);
  std::error_code unknown;
  const bool called_by_path =
      !out.arguments.empty() && out.arguments.front().find('/') != std::string::npos;
  out.binary = called_by_path ? fs::absolute(out.arguments.front(), unknown).string()
                              : fs::read_symlink(place + "/exe", unknown).string();
  return out;
}

std::optional<kept_program> keep_program(pid_t of) {
  const auto process = std::to_string(of);
  descriptor file(::open(("/proc/" + process + "/exe").c_str(), O_PATH | O_CLOEXEC));
  auto started = read_launch(process);
  if (!file || started.arguments.empty()) return std::nullopt;
  return kept_program{std::move(started), std::move(file)};
}

std::string kept_program::path() const {
  struct stat there{};
  struct stat kept{};
  const bool known = ::fstat(file.get(), &kept) == 0;
  const bool same = known && ::stat(started.binary.c_str(), &there) == 0 &&
                    there.st_dev == kept.st_dev && there.st_ino == kept.st_ino;
  return same ? started.binary : "/proc/self/fd/" + std::to_string(file.get());
}

result<void> check_binary(const std::string& path) {
  struct stat facts{};
  if (!path.starts_with('/')) return error{EINVAL, "\"" + path + "\" is no absolute path"};
  if (::stat(path.c_str(), &facts) != 0) return system_error(errno, "cannot execute " + path);
  if (!S_ISREG(facts.st_mode)) return error{EACCES, "cannot execute " + path + ": it is no file"};
  if (::access(path.c_str(), X_OK) != 0) return system_error(errno, "cannot execute " + path);
  return {};
}

result<forked_process> start_heir(const std::string& binary,
                                  const std::vector<std::string>& arguments,
                                  const std::vector<int>& keep,
                                  const std::vector<std::string>& more) {
  std::vector<std::string> environment = more;
  for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
  return fork_process(keep, [&](int channel) {
    return execute(binary, arguments, std::move(environment), channel);
  });
}

void be_free() noexcept { ::prctl(PR_SET_PDEATHSIG, 0); }

}  // namespace shoal::cluster
