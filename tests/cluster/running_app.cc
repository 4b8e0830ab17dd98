#include "running_app.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace shoal::cluster {
namespace {

using clock = std::chrono::steady_clock;

int milliseconds_until(clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
  return static_cast<int>(std::max<long long>(left, 0));
}

[[noreturn]] void execute(const app_settings& settings, int output) {
  ::dup2(output, STDERR_FILENO);
  ::setenv("TEST_APP", settings.trouble.c_str(), 1);
  std::vector<char*> argv = {const_cast<char*>(TEST_APP_PATH)};
  for (const auto& flag : settings.flags) argv.push_back(const_cast<char*>(flag.c_str()));
  argv.push_back(nullptr);
  if (settings.before_exec) settings.before_exec();
  ::execv(argv[0], argv.data());
  ::_exit(99);
}

}  // namespace

running_app::running_app(const app_settings& settings) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return;
  pid_ = ::fork();
  if (pid_ == 0) execute(settings, ends[1]);
  ::close(ends[1]);
  output_.reset(ends[0]);
}

running_app::~running_app() {
  if (reaped_ || pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

bool running_app::read_more(clock::time_point until) {
  pollfd source{output_.get(), POLLIN, 0};
  if (::poll(&source, 1, milliseconds_until(until)) <= 0) return false;
  char bytes[4096];
  const auto size = ::read(output_.get(), bytes, sizeof bytes);
  if (size <= 0) return false;
  log_.append(bytes, static_cast<std::size_t>(size));
  return true;
}

std::string running_app::wait_for(std::string_view text, std::chrono::milliseconds limit) {
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

bool running_app::ready() {
  const auto line = wait_for("ready: listening on ");
  const auto colon = line.find("127.0.0.1:");
  if (colon == std::string::npos) return false;
  port_ = static_cast<std::uint16_t>(std::atoi(line.c_str() + colon + 10));
  return port_ != 0;
}

void running_app::signal(int number) const noexcept { ::kill(pid_, number); }

int running_app::ended() {
  const auto until = clock::now() + patience;
  while (read_more(until)) {
  }
  if (!has_ended(pid_)) return -1;
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::vector<pid_t> running_app::children() const {
  const auto id = std::to_string(pid_);
  std::ifstream file("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> all;
  for (pid_t child = 0; file >> child;) all.push_back(child);
  return all;
}

test_client::test_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  const timeval limit{patience.count(), 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) socket_.reset();
}

bool test_client::ask(std::string_view path) {
  const auto request =
      "GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
  return ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(request.size());
}

std::string test_client::answer() {
  std::string all;
  char bytes[4096];
  while (true) {
    const auto size = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (size == 0) return all;
    if (size < 0) return {};
    all.append(bytes, static_cast<std::size_t>(size));
  }
}

std::string fetch(std::uint16_t port, std::string_view path) {
  test_client client(port);
  if (!client.connected() || !client.ask(path)) return {};
  const auto all = client.answer();
  const auto body = all.find("\r\n\r\n");
  if (all.rfind("HTTP/1.1 200", 0) != 0 || body == std::string::npos) return {};
  return all.substr(body + 4, all.size() - body - 5);
}

bool has_ended(pid_t pid) {
  const descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process) return true;  // reaped already
  pollfd source{process.get(), POLLIN, 0};
  return ::poll(&source, 1, static_cast<int>(std::chrono::milliseconds(patience).count())) == 1;
}

bool stop_all_threads(pid_t pid) {
  ::kill(pid, SIGSTOP);
  const auto until = clock::now() + patience;
  while (clock::now() < until) {
    bool all = true;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
      std::ifstream file(task.path() / "stat");
      const std::string text((std::istreambuf_iterator<char>(file)), {});
      // The state stands behind the name, which is in brackets and may hold anything.
      const auto bracket = text.rfind(')');
      all = all && bracket != std::string::npos && text.substr(bracket, 3) == ") T";
    }
    if (all) return true;
  }
  return false;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

}  // namespace shoal::cluster
