// An app under test as it will run: supervisor, node processes and workers on a port of 127.0.0.1.
//
//   shoal::test::server server(app, {"--workers", "2"});
//   EXPECT_EQ(server.get("/").body, "Hello, world!\n");
//   EXPECT_EQ(server.stop(), 0);
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/testing/answer.h"

namespace shoal {
class app;
}

namespace shoal::test {

/// Runs app.run() in a child process, with all that the test has set up before. Nothing waits
/// longer than 30 s.
///
/// Errors    the constructor throws std::runtime_error with the app's log if it does not start;
///           requests throw it, with the log, if no answer comes
/// Threads   one; start no others before, since the child does not have them
class server final {
 public:
  /// `flags` as on a command line; --listen and --log-level are the server's.
  explicit server(app& serving, std::vector<std::string> flags = {});
  ~server();  ///< stops it
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] int pid() const noexcept;  ///< the supervisor's

  /// Each on a connection of its own.
  answer request(std::string_view method, std::string_view target, const fields& headers = {},
                 std::string_view body = {});
  answer get(std::string_view target, const fields& headers = {}) {
    return request("GET", target, headers);
  }

  void signal(int number) const noexcept;  ///< to the supervisor

  /// Reads the log up to a line that contains `text`, which it returns; empty if none comes.
  std::string wait_for(std::string_view text);

  /// TERM, and waits for the end: what app.run() has returned, 128 + a signal, or -1 if it did not
  /// end and was killed. The same again when called again.
  int stop();

 private:
  struct state;

  std::unique_ptr<state> state_;
};

}  // namespace shoal::test
