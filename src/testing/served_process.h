// A child process that serves: its log, its port and its end. Everything waits for an event; the
// deadline is a safety net against hanging and never part of what is tested.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace shoal::test {

inline constexpr std::chrono::seconds patience{30};

class served_process final {
 public:
  /// Runs `body` in a child, whose stderr is read here and which ends with what it returns.
  explicit served_process(const std::function<int()>& body);
  ~served_process();  ///< kills it
  served_process(const served_process&) = delete;
  served_process& operator=(const served_process&) = delete;

  /// Reads the log up to a line that contains `text`, which it returns; "" if the log ends or
  /// nothing comes within `limit`.
  std::string wait_for(std::string_view text, std::chrono::milliseconds limit = patience);

  /// Waits for the line of readiness. False if it does not come.
  [[nodiscard]] bool ready();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

  void signal(int number) const noexcept;
  /// Waits for the end: the exit code, 128 + a signal, or -1 if it does not end. Reads all its log.
  int ended();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Those that have not ended.
  [[nodiscard]] std::vector<pid_t> children() const;
  [[nodiscard]] const std::string& log() const noexcept { return log_; }
  /// With what has not been read yet. What is about to be said has a moment for it.
  [[nodiscard]] const std::string& log_so_far();

 private:
  bool read_more(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  descriptor output_;
  std::string log_;
  std::size_t seen_ = 0;
  std::uint16_t port_ = 0;
  bool reaped_ = false;
};

/// Whether the process has ended (or ends within our patience). Its reaper is this process.
[[nodiscard]] bool has_ended(pid_t pid);

}  // namespace shoal::test
