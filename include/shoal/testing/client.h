// An app under test without a process, a socket or a clock: the real engine serves it on a
// simulated network in the test's own thread, and time passes only where a test waits.
//
//   shoal::test::client client(app);
//   auto r = client.get("/users/7");
//   EXPECT_EQ(r.status, 200);
//   EXPECT_EQ(r.body, "{\"id\":7}");
//
// A handler that sleeps for an hour is answered at once: its hour is virtual. The same calls give
// the same run, on any machine.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "shoal/testing/answer.h"

namespace shoal {
class app;
}

namespace shoal::test {

class client;

/// One connection to the app. Only read() and its like, and client::advance(), let anything happen.
///
/// Errors    what reads throws std::runtime_error if the answer cannot come: the server has closed
///           the connection, what it sent is no HTTP, or the handler waits for something that never
///           happens (an hour of virtual time is never)
/// Lifetime  the client outlives it
class connection final {
 public:
  connection(connection&&) noexcept;
  connection& operator=(connection&&) noexcept;
  ~connection();  ///< the far end stays open, as that of a client that has gone to sleep

  /// Sends a request. A Host field and, for a body, Content-Length are added if they are not there.
  void ask(std::string_view method, std::string_view target, const fields& headers = {},
           std::string_view body = {});

  /// Sends bytes as they are.
  void send(std::string_view bytes);

  /// The next answer, whole. Interim ones (1xx) are left out.
  [[nodiscard]] answer read();

  /// The next answer without its body, which read_piece() then gives as it comes.
  [[nodiscard]] answer read_head();

  /// What comes next of the body; empty at its end.
  [[nodiscard]] std::string read_piece();

  /// The bytes that have come and that nobody has read, as they are.
  [[nodiscard]] std::string take();

  /// The server has closed it, and all before that has been taken or read.
  [[nodiscard]] bool ended() const;

  void finish();  ///< sends no more, still reads
  void close();
  void reset();  ///< as a client that crashes

 private:
  friend class client;
  struct state;

  explicit connection(std::unique_ptr<state> made) noexcept;

  std::unique_ptr<state> state_;
};

/// Serves an app as its one worker. States are made anew for each client; options of the app count
/// as far as they are the engine's (limits, timeouts).
///
/// Errors    the constructor throws std::runtime_error for routes in conflict and what a state's
///           factory throws; for the others see connection
/// Threads   one. Lifetime: the app outlives it
class client final {
 public:
  explicit client(app& serving);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// On a connection that stays open between requests.
  answer request(std::string_view method, std::string_view target, const fields& headers = {},
                 std::string_view body = {});

  answer get(std::string_view target, const fields& headers = {}) {
    return request("GET", target, headers);
  }
  answer head(std::string_view target, const fields& headers = {}) {
    return request("HEAD", target, headers);
  }
  answer post(std::string_view target, std::string_view body, const fields& headers = {}) {
    return request("POST", target, headers, body);
  }
  answer put(std::string_view target, std::string_view body, const fields& headers = {}) {
    return request("PUT", target, headers, body);
  }
  answer patch(std::string_view target, std::string_view body, const fields& headers = {}) {
    return request("PATCH", target, headers, body);
  }
  answer del(std::string_view target, const fields& headers = {}) {
    return request("DELETE", target, headers);
  }

  /// Sends bytes as they are on a connection of their own, and returns all that comes back until
  /// the server closes it. Time passes for that: a connection without a request is closed by its
  /// timeout.
  [[nodiscard]] std::string send(std::string_view bytes);

  [[nodiscard]] connection connect();

  /// Lets so much time pass, with all that happens in it; none at all lets happen what can at once.
  void advance(std::chrono::nanoseconds time);

  /// Virtual time since the beginning.
  [[nodiscard]] std::chrono::nanoseconds elapsed() const;

 private:
  struct state;

  std::unique_ptr<state> state_;
};

}  // namespace shoal::test
