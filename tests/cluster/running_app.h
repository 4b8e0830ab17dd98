// A real shoal_test_app on a port of 127.0.0.1, its log, and a client. Everything waits for an
// event; the deadline is a safety net against hanging and never part of what is tested.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"

namespace shoal::cluster {

inline constexpr std::chrono::seconds patience{30};

struct app_settings {
  std::vector<std::string> flags;
  std::string trouble;                ///< TEST_APP
  std::function<void()> before_exec;  ///< in the child: limits, privileges
};

class running_app final {
 public:
  explicit running_app(const app_settings& settings = {});
  ~running_app();  ///< kills it and all that it has left behind
  running_app(const running_app&) = delete;
  running_app& operator=(const running_app&) = delete;

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
  [[nodiscard]] std::vector<pid_t> children() const;
  [[nodiscard]] const std::string& log() const noexcept { return log_; }

 private:
  bool read_more(std::chrono::steady_clock::time_point until);

  pid_t pid_ = -1;
  descriptor output_;
  std::string log_;
  std::size_t seen_ = 0;
  std::uint16_t port_ = 0;
  bool reaped_ = false;
};

/// One connection.
class test_client final {
 public:
  explicit test_client(std::uint16_t port);
  [[nodiscard]] bool connected() const noexcept { return socket_.open(); }
  bool ask(std::string_view path);  ///< one GET with Connection: close
  /// All that comes until the peer closes; "" if it breaks the connection before.
  std::string answer();

 private:
  descriptor socket_;
};

/// The body of a 200 answer on a connection of its own, without its newline; else "".
std::string fetch(std::uint16_t port, std::string_view path);

/// Whether the process has ended (or ends within our patience). Its reaper is this test.
bool has_ended(pid_t pid);

/// SIGSTOP, and then waits until none of its threads runs any more: a signal is only sent at first.
bool stop_all_threads(pid_t pid);

/// The test adopts what loses its parent, so that it can see how that ends.
void adopt_orphans();

}  // namespace shoal::cluster
