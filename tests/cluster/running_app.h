// A real shoal_test_app on a port of 127.0.0.1, and a client.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.h"
#include "testing/served_process.h"

namespace shoal::cluster {

using test::has_ended;
using test::patience;

struct app_settings {
  std::vector<std::string> flags;
  std::string trouble;                ///< TEST_APP
  std::function<void()> before_exec;  ///< in the child: limits, privileges
};

[[nodiscard]] test::served_process run_app(const app_settings& settings = {});

/// One connection.
class test_client final {
 public:
  explicit test_client(std::uint16_t port);
  /// At a path.
  explicit test_client(const std::string& path);
  [[nodiscard]] bool connected() const noexcept { return socket_.open(); }
  bool send(std::string_view bytes);
  bool ask(std::string_view path);  ///< one GET with Connection: close
  /// All that comes until the peer closes; "" if it breaks the connection before.
  std::string answer();
  /// The next one alone, by its length; "" if the connection ends before.
  std::string one_answer();
  /// Something has come that answer() would read.
  [[nodiscard]] bool heard() const;

 private:
  void be_patient();

  descriptor socket_;
};

/// Of a 200 answer, without its newline; else "".
[[nodiscard]] std::string body_of(const std::string& answer);

/// The body of a 200 answer on a connection of its own, without its newline; else "".
std::string fetch(std::uint16_t port, std::string_view path);

/// How many it has open.
std::size_t descriptors_of(pid_t pid);

/// SIGSTOP, and then waits until none of its threads runs any more: a signal is only sent at first.
bool stop_all_threads(pid_t pid);

/// The test adopts what loses its parent, so that it can see how that ends.
void adopt_orphans();

}  // namespace shoal::cluster
