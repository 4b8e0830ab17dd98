#include "running_app.h"

#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace shoal::cluster {
namespace {

using clock = std::chrono::steady_clock;

int execute(const app_settings& settings) {
  ::setenv("TEST_APP", settings.trouble.c_str(), 1);
  std::vector<char*> argv = {const_cast<char*>(TEST_APP_PATH)};
  for (const auto& flag : settings.flags) argv.push_back(const_cast<char*>(flag.c_str()));
  argv.push_back(nullptr);
  if (settings.before_exec) settings.before_exec();
  ::execv(argv[0], argv.data());
  return 99;
}

/// With a time limit a socket tells of every signal, of a stop that is over as well.
ssize_t receive(int socket, char* bytes, std::size_t room) {
  ssize_t size = 0;
  do {
    size = ::recv(socket, bytes, room, 0);
  } while (size < 0 && errno == EINTR);
  return size;
}

}  // namespace

test::served_process run_app(const app_settings& settings) {
  return test::served_process([&] { return execute(settings); });
}

test_client::test_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  be_patient();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) socket_.reset();
}

test_client::test_client(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
  be_patient();
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  path.copy(to.sun_path, sizeof to.sun_path - 1);
  if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) socket_.reset();
}

void test_client::be_patient() {
  const timeval limit{patience.count(), 0};
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

bool test_client::heard() const {
  pollfd source{socket_.get(), POLLIN, 0};
  return ::poll(&source, 1, 0) == 1;
}

bool test_client::send(std::string_view bytes) {
  return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

bool test_client::ask(std::string_view path) {
  return send("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
}

std::string test_client::answer() {
  std::string all;
  char bytes[4096];
  while (true) {
    const auto size = receive(socket_.get(), bytes, sizeof bytes);
    if (size == 0) return all;
    if (size < 0) return {};
    all.append(bytes, static_cast<std::size_t>(size));
  }
}

std::string test_client::one_answer() {
  constexpr std::string_view field = "Content-Length: ";
  std::string all;
  char byte = 0;
  std::size_t size = std::string::npos;
  while (all.size() < size) {
    if (receive(socket_.get(), &byte, 1) != 1) return {};
    all += byte;
    if (size != std::string::npos || !all.ends_with("\r\n\r\n")) continue;
    const auto at = all.find(field);
    if (at == std::string::npos) return {};
    size = all.size() + std::stoul(all.substr(at + field.size()));
  }
  return all;
}

std::string fetch(std::uint16_t port, std::string_view path) {
  test_client client(port);
  return client.connected() && client.ask(path) ? body_of(client.answer()) : "";
}

std::string body_of(const std::string& all) {
  const auto body = all.find("\r\n\r\n");
  if (all.rfind("HTTP/1.1 200", 0) != 0 || body == std::string::npos) return {};
  return all.substr(body + 4, all.size() - body - 5);
}

std::size_t descriptors_of(pid_t pid) {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
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
