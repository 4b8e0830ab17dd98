#include "cluster/supervisor/service_manager.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "cluster/options/units.h"
#include "cluster/passenger.h"

namespace shoal::cluster {
namespace {

constexpr std::uint64_t most = 4'096;  // more than any unit keeps
constexpr timeval room_patience{1, 0};
constexpr int close_patience_ms = 5'000;

/// For this process, unless WATCHDOG_PID names another.
std::optional<nanoseconds> watchdog_of(const char* (*get)(const char*)) {
  const char* const period = get("WATCHDOG_USEC");
  if (period == nullptr) return std::nullopt;
  const char* const whose = get("WATCHDOG_PID");
  if (whose != nullptr && whose != std::to_string(::getpid())) return std::nullopt;
  const auto us = parse_number(period);
  if (!us || *us == 0) return std::nullopt;
  return std::chrono::microseconds(*us);
}

/// `fd` goes with it; -1: none does.
void send(int socket, const std::string& path, std::string_view text, int fd) noexcept {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), to.sun_path);
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // of the abstract names
  iovec part{const_cast<char*>(text.data()), text.size()};
  msghdr message{};
  message.msg_name = &to;
  message.msg_namelen = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  passenger beside;
  if (fd >= 0) beside.board(message, fd);
  [[maybe_unused]] const auto ignored = ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace

service_manager::service_manager(const char* (*get)(const char*)) {
  const char* const path = get("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  path_ = path;
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  watchdog_ = watchdog_of(get);
  const char* const room = get("FDSTORE");
  if (room != nullptr)
    room_ = static_cast<unsigned>(std::min(parse_number(room).value_or(0), most));
}

void service_manager::say(std::string_view text) const noexcept {
  if (socket_.open()) send(socket_.get(), path_, text, -1);
}

void service_manager::say_with(std::string_view text, int fd) const noexcept {
  if (!socket_.open()) return;
  const descriptor waits(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::setsockopt(waits.get(), SOL_SOCKET, SO_SNDTIMEO, &room_patience, sizeof room_patience);
  send(waits.get(), path_, text, fd);
}

void service_manager::ready(std::string_view status) const noexcept {
  say("READY=1\nMAINPID=" + std::to_string(::getpid()) + "\nSTATUS=" + std::string(status));
}

void service_manager::reloading(monotonic_time since) const noexcept {
  say("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(to_ns(since) / 1000));
}

void service_manager::stopping() const noexcept { say("STOPPING=1"); }

void service_manager::succeeded_by(pid_t main) const noexcept {
  say("READY=1\nMAINPID=" + std::to_string(main));
}

std::vector<std::string> service_manager::environment() const {
  std::vector<std::string> out;
  if (!path_.empty()) out.push_back("NOTIFY_SOCKET=" + path_);
  if (watchdog_) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(*watchdog_).count();
    out.push_back("WATCHDOG_USEC=" + std::to_string(us));
  }
  return out;
}

void service_manager::alive() const noexcept { say("WATCHDOG=1"); }

// FDPOLL=0: a listener is no connection that could be over.
void service_manager::keep(std::string_view name, int socket) const noexcept {
  say_with("FDSTORE=1\nFDPOLL=0\nFDNAME=" + std::string(name), socket);
}

void service_manager::forget(std::span<const std::string> names) const noexcept {
  int ends[2];
  if (names.empty() || !socket_.open() || ::pipe2(ends, O_CLOEXEC) != 0) return;
  const descriptor ours(ends[0]);
  descriptor theirs(ends[1]);
  for (const auto& name : names) say_with("FDSTOREREMOVE=1\nFDNAME=" + name, -1);
  // It closes that when it has read all before.
  say_with("BARRIER=1", theirs.get());
  theirs.reset();
  pollfd closed{ours.get(), 0, 0};
  ::poll(&closed, 1, close_patience_ms);
}

}  // namespace shoal::cluster
