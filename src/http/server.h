// One worker's HTTP server: it accepts on listeners, owns the connections and serves the routes. It
// knows a loop and never a driver.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>

#include "compute/executor.h"
#include "http/chunked.h"
#include "http/date.h"
#include "http/lending.h"
#include "http/parser.h"
#include "http/request_observer.h"
#include "http/sticky_key.h"
#include "io/loop.h"
#include "shm/tally.h"
#include "shoal/http/routes.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Brings connections that leave a server to another one.
class carrier {
 public:
  virtual void carry(moved_connection&& moved) noexcept = 0;

  /// How many connections of a server that all are to leave may be sent now.
  [[nodiscard]] virtual unsigned room() const noexcept { return 0; }

 protected:
  ~carrier() = default;
};

/// Says which keys' requests a worker serves.
class homes {
 public:
  [[nodiscard]] virtual bool lives_here(std::uint64_t key) const noexcept = 0;

  /// Once after some key has got another home. Asked for every request; looks but now and then.
  [[nodiscard]] virtual bool have_changed(monotonic_time now) noexcept = 0;

  /// A key's requests are served here though it lives elsewhere: nobody took them there.
  /// have_changed() says so some time later, that they may try again.
  virtual void takes_in_stray() noexcept = 0;

 protected:
  ~homes() = default;
};

/// Says on which NUMA node connections had better be served.
class packet_homes {
 public:
  /// The node where the socket's packets came in lately, if it has workers and they are others;
  /// else no_node. Cost: a system call.
  [[nodiscard]] virtual std::uint16_t node_of(int socket) const noexcept = 0;

  /// Whether its workers may be sent one more. Often not, and then whoever asks does so again.
  [[nodiscard]] virtual bool may_go(std::uint16_t node, monotonic_time now) noexcept = 0;

 protected:
  ~packet_homes() = default;
};

/// Parameters that affect behaviour: what a client may make us do. Every limit is finite.
struct server_options {
  head_limits head;
  chunked_limits chunked;
  std::uint64_t body_bytes = 1024 * 1024;  ///< default for context::body(); beyond: 413

  /// Of an answer, before no further request is served and no producer goes on: what a client that
  /// does not read can make us keep, times two, since as much may be with the driver.
  std::uint32_t unsent_bytes = 64 * 1024;
  /// Of a body that its handler has left: so much is read to keep the connection.
  std::uint32_t discarded_bytes = 64 * 1024;

  /// From a request's first byte (or the connection's begin) to its blank line, however it drips:
  /// 408. Timers that start anew with every byte never fire against a drip.
  std::chrono::milliseconds header_timeout{10'000};
  /// Without a byte of a body that is being read: 408.
  std::chrono::milliseconds body_timeout{10'000};
  /// For a whole body, counted while we wait for it: 408.
  std::chrono::milliseconds request_timeout{60'000};
  /// What a client must send, and take, in bytes a second on average, when we have waited for it
  /// for rate_grace: 408, or the end of an answer that nobody reads. 0: whatever it likes. Against
  /// bodies that drip, and answers that are sipped.
  std::uint32_t min_rate = 500;
  std::chrono::milliseconds rate_grace{5'000};
  /// For a handler that waits for something else than its client: 503. 0: as long as it likes.
  std::chrono::milliseconds handler_timeout{0};
  /// For a handler whose client has ended its side: it may have left, or only have said all.
  std::chrono::milliseconds half_close_timeout{2'000};
  /// Between two requests. Longer than the 60 s of common balancers, so that they close first.
  std::chrono::milliseconds keep_alive_timeout{65'000};
  std::chrono::milliseconds close_spread{0};  ///< over which draining ends connections
  /// For one send to leave; then the connection is closed, unless the client takes min_rate.
  std::chrono::milliseconds send_timeout{30'000};

  /// Of this worker. Those who come when it is full are told 503 with Retry-After.
  std::uint32_t max_connections = 10'000;
  /// On one connection; then it is closed. 0: any number.
  std::uint32_t max_requests = 0;
  /// Of a connection, a tenth more or less, so that many do not come again at once; it is closed
  /// after the answer under way.
  std::chrono::seconds max_connection_age{3600};

  request_observer* observer = nullptr;  ///< outlives the server
  lending* lends = nullptr;              ///< where connections are on offer; outlives the server
  carrier* carries = nullptr;            ///< of those that leave; outlives the server
  /// A connection goes, by the carrier, to the worker that its request's key belongs to; nullptr:
  /// it stays. Outlives the server.
  http::homes* homes = nullptr;
  sticky_source sticky;  ///< where the key is
  /// A connection goes, by the carrier, to the node where its packets come in; nullptr, or with
  /// `homes`: it stays. Outlives the server.
  http::packet_homes* packet_homes = nullptr;

  compute::executors executors;  ///< for handlers that hold the loop for long; outlive the server
  /// A route whose handler holds the loop for longer runs elsewhere, if it does not say otherwise.
  /// 0: none does.
  nanoseconds offload_after = std::chrono::milliseconds(1);

  /// Where the time of a request is counted whose answer was not made in the turn that brought it;
  /// those of a turn are left to whoever ends it. Outlives the server.
  shm::worker_tally* tally = nullptr;

  /// What the Date field says. Simulated servers have a clock of their own.
  wall_clock clock = &std::chrono::system_clock::now;
};

struct server_counters {
  std::uint64_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t unserved = 0;            ///< open, and no request of theirs has begun yet
  std::uint64_t requests_in_flight = 0;  ///< head complete, answer not handed to the driver yet
  std::uint64_t requests_total = 0;      ///< answered, errors too
  std::uint64_t accept_failures = 0;     ///< EMFILE and its like
  std::uint64_t turned_away = 0;         ///< connections above the limit
  std::uint64_t adopted = 0;             ///< connections that came from other loops
  std::uint64_t given = 0;               ///< connections that went to other loops
  std::uint64_t misread = 0;             ///< connections that had to end since two loops read them
  std::uint64_t jobs_out = 0;           ///< stretches of handlers on, or waiting for, other threads
  std::uint64_t jobs_predicted_us = 0;  ///< of all those
  std::uint64_t shed =
      0;  ///< requests that would have waited, or did, for those threads for too long
  std::array<std::uint64_t, 4> answers{};  ///< requests_total by status: 2xx .. 5xx
  std::uint64_t answered_at_once = 0;      ///< in the turn that brought the request
};

/// Connections above the limit that are told so at the same time; others wait to be accepted. They
/// need descriptors, too.
[[nodiscard]] constexpr std::uint32_t turned_away_at_once(std::uint32_t max_connections) noexcept {
  return max_connections / 16 < 64 ? max_connections / 16 + 1 : 64;
}

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

  /// Whether another process, which was left or has ended, may still have our listeners. The kernel
  /// tells one of those who wait there of a connection; if that is one who is stuck, or ends at
  /// this moment, nobody takes it. So we look by ourselves now and then, and for a second more
  /// after the last one is gone: what the kernel keeps for io_uring outlives its process a little.
  void share_listeners(bool with_others) noexcept;

  /// A connection that somebody else has accepted, as if it came from a listener here. The server
  /// closes it, at its limit or draining too.
  void take(int socket) noexcept;
  /// Goes on with a connection of another loop's, whatever its driver.
  void adopt(moved_connection&& moved) noexcept;

  /// Takes connections over from a worker that is stuck, and new ones that wait for it: those that
  /// have something to read, or with `all` the idle ones too. Does nothing if it has gone on.
  void take_over(lending& from, bool all) noexcept;

  /// After each turn, when the lending's gate is closed: forgets what others have taken.
  void let_go_of_taken() noexcept;

  /// A turn has held the loop for so long that others had to help.
  void turn_was_long() noexcept;

  /// Gives idle connections away that have made about this part of the work since the last call, at
  /// most `most`. The carrier gets them during the next turns.
  void give_away(double part, unsigned most) noexcept;

  /// So many percent of the connections that ask something from now on go, by the carrier and with
  /// their next request, to the process that is to succeed this one. `head_start`: 0 .. 100, of the
  /// way to the first of them, so that a process's workers do not all begin with one. 0 percent: no
  /// more do.
  void share(unsigned percent, unsigned head_start) noexcept;

  /// Where times are counted beside server_options::tally; nullptr: nowhere. Outlives the server,
  /// or the next call.
  void count_also(shm::worker_tally* tally) noexcept;

  /// Handlers are told that there will be a stop; nothing else changes.
  void announce_stop() noexcept;

  /// Stops accepting, and ends each connection within close_spread: if it is idle then, soon after;
  /// else with its next answer, which says "Connection: close". May be called twice.
  void drain() noexcept;

  /// Stops accepting, and has the carrier bring every connection elsewhere as soon as it is between
  /// two requests: idle ones soon, others before their next request. What has begun ends here.
  void leave() noexcept;

  /// For the time being: has the carrier bring every connection elsewhere as leave() does, and
  /// those that come; with `accepts` it goes on taking them from its listeners. Or serves again.
  void rest(bool whether, bool accepts) noexcept;

  /// Draining or leaving, and nothing is left. Ask after each turn.
  [[nodiscard]] bool drained() const noexcept;

  [[nodiscard]] const server_counters& counters() const noexcept;

 private:
  class impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace shoal::http
