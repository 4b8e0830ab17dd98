#include "control_finder.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "base/result.h"
#include "commands.h"
#include "shm/load_finder.h"
#include "status_report.h"
#include "status_text.h"

namespace shoal::tool {
namespace {

struct candidate {
  server_report server;
  std::string path;
};

control_connection fail(int code, std::string why) { return {code, std::move(why), {}, {}}; }

std::vector<candidate> find(std::optional<std::uint64_t> pid) {
  std::vector<candidate> all;
  for (const auto& segment : shm::find_load_segments().segments) {
    candidate one{describe(segment), segment.view.control()};
    if (!one.server.supervisor_alive) continue;
    if (!pid || one.server.has_process(*pid)) all.push_back(std::move(one));
  }
  return all;
}

std::string name_of(const server_report& server) {
  return printable(server.name) + " (" + std::to_string(server.supervisor_pid) + ")";
}

/// The process that listens at the other end; 0: the kernel does not say.
std::uint64_t peer_of(int socket) noexcept {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return static_cast<std::uint64_t>(peer.pid);
}

result<descriptor> open_path(const std::string& path, std::uint64_t supervisor) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) return error{ENAMETOOLONG, path + ": too long"};
  std::memcpy(to.sun_path, path.data(), path.size());
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // It is established or refused at once. A queue that is full is EAGAIN.
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    return system_error(errno, path);
  }
  if (peer_of(socket.get()) != supervisor) return error{EPERM, path + ": somebody else's"};
  return socket;
}

/// As the path reads here, else as the server reads it: it may live in a container.
result<descriptor> open(const candidate& to) {
  auto here = open_path(to.path, to.server.supervisor_pid);
  if (here) return here;
  auto there = open_path("/proc/" + std::to_string(to.server.supervisor_pid) + "/root" + to.path,
                         to.server.supervisor_pid);
  if (there) return there;
  return here;
}

control_connection connect_to(const candidate& to) {
  const auto name = name_of(to.server);
  if (to.path.empty()) {
    return fail(exit_failure, name +
                                  " has no control socket: it runs with --control none, or its "
                                  "log says why there could be none");
  }
  auto socket = open(to);
  if (!socket) {
    return fail(exit_failure, "cannot talk to " + name + ": " + printable(socket.error().message));
  }
  descriptor process(
      static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(to.server.supervisor_pid), 0)));
  return {exit_ok, "", std::move(socket).value(), std::move(process)};
}

}  // namespace

control_connection connect_to_server(std::optional<std::uint64_t> pid) {
  const auto all = find(pid);
  if (all.size() == 1) return connect_to(all.front());
  if (all.size() > 1) {
    std::string names;
    for (const auto& one : all) names += (names.empty() ? "" : ", ") + name_of(one.server);
    return fail(exit_usage, "several servers are running; choose one with --pid: " + names);
  }
  if (pid) {
    return fail(exit_no_server,
                "no shoal server has a process " + std::to_string(*pid) + " (for this user)");
  }
  return fail(exit_no_server, "no shoal server is running (for this user)");
}

}  // namespace shoal::tool
