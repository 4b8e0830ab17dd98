// One worker's HTTP server: it accepts on listeners, owns the connections and serves the routes. It
// knows a loop and never a driver.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "http/chunked.h"
#include "http/date.h"
#include "http/parser.h"
#include "io/loop.h"
#include "shoal/http/routes.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Parameters that affect behaviour: what a client may make us do. Every limit is finite.
struct server_options {
  head_limits head;
  chunked_limits chunked;
  std::uint64_t body_bytes = 1024 * 1024;  ///< default for context::body(); beyond: 413

  /// From a request's first byte (or the connection's begin) to its blank line, however it drips:
  /// 408. Timers that start anew with every byte never fire against a drip.
  std::chrono::milliseconds header_timeout{10'000};
  /// Without a byte of a body that is being read: 408.
  std::chrono::milliseconds body_timeout{10'000};
  /// Between two requests. Longer than the 60 s of common balancers, so that they close first.
  std::chrono::milliseconds keep_alive_timeout{65'000};
  /// For one send to leave; then the connection is closed.
  std::chrono::milliseconds send_timeout{30'000};

  std::uint32_t max_connections = 10'000;  ///< of this worker; it stops accepting above

  /// What the Date field says. Simulated servers have a clock of their own.
  wall_clock clock = &std::chrono::system_clock::now;
};

struct server_counters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t requests_in_flight = 0;  ///< head complete, answer not handed to the driver yet
  std::uint64_t requests_total = 0;      ///< answered, errors too
  std::uint64_t accept_failures = 0;     ///< EMFILE and its like
};

/// Threads: the loop's. Lifetime: the loop, the routes and the worker outlive it. Destroy it when
/// drained(), or when the loop runs no more: then its sockets are left to the process's end.
class server final {
 public:
  server(io::loop& loop, const route_table& table, worker& self,
         const server_options& options = {});
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Starts accepting on a listening socket, which stays the caller's.
  void listen(int listener);

  /// Stops accepting, closes idle connections, lets requests that have begun end with
  /// "Connection: close". May be called twice.
  void drain() noexcept;

  /// Draining, and nothing is left. Ask after each turn.
  [[nodiscard]] bool drained() const noexcept;

  [[nodiscard]] const server_counters& counters() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace shoal::http
