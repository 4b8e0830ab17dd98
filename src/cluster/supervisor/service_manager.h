// What systemd, or another service manager that speaks its protocol, is told of the cluster
// (sd_notify(3)): datagrams to the socket that NOTIFY_SOCKET names. Without one nothing is said.
#pragma once

#include <sys/types.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/descriptor.h"

namespace shoal::cluster {

/// Threads: the supervisor's. A manager that does not listen is no error. Only keep() and forget()
/// wait for it, which belong to a start.
class service_manager final {
 public:
  /// From the environment (`get` is std::getenv), which the caller clears for what it starts.
  explicit service_manager(const char* (*get)(const char* name));

  /// At the start, and again after a reload, whether it succeeded or not. `status` is one line.
  void ready(std::string_view status) const noexcept;
  void reloading(monotonic_time since) const noexcept;
  void stopping() const noexcept;
  /// Another process is the service from now on, and ready.
  void succeeded_by(pid_t main) const noexcept;

  /// What it has read, as "NAME=value", for another program that takes our place.
  [[nodiscard]] std::vector<std::string> environment() const;

  /// How often it wants to hear alive(), or it ends us; nothing: never.
  [[nodiscard]] std::optional<nanoseconds> watchdog() const noexcept { return watchdog_; }
  void alive() const noexcept;

  /// How many descriptors it keeps for us from one life of the service to the next.
  [[nodiscard]] unsigned room() const noexcept { return room_; }
  /// Keeps a duplicate under that name, and gives it to whoever it starts in our place.
  void keep(std::string_view name, int socket) const noexcept;
  /// Keeps those of these names no longer, and has closed them when this returns, so that their
  /// addresses are free.
  void forget(std::span<const std::string> names) const noexcept;

  /// The names of what it has read.
  static constexpr const char* variables[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                              "FDSTORE"};

 private:
  /// Whatever cannot go at once is not said.
  void say(std::string_view text) const noexcept;
  /// Waits for room in the manager's queue.
  void say_with(std::string_view text, int fd) const noexcept;

  descriptor socket_;
  std::string path_;
  unsigned room_ = 0;
  std::optional<nanoseconds> watchdog_;
};

}  // namespace shoal::cluster
