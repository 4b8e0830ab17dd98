#include "cluster/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "cluster/units.h"

namespace shoal::cluster {
namespace {

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

}  // namespace

service_manager::service_manager(const char* (*get)(const char*)) {
  const char* const path = get("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  path_ = path;
  if (path_.size() >= sizeof(sockaddr_un::sun_path)) return;
  socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  watchdog_ = watchdog_of(get);
}

void service_manager::say(std::string_view text) const noexcept {
  if (!socket_.open()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::copy(path_.begin(), path_.end(), to.sun_path);
  if (to.sun_path[0] == '@') to.sun_path[0] = '\0';  // of the abstract names
  const auto size = offsetof(sockaddr_un, sun_path) + path_.size();
  [[maybe_unused]] const auto ignored =
      ::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&to), static_cast<socklen_t>(size));
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

}  // namespace shoal::cluster
