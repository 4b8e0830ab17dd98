// The simulated network: a clock, ends of connections, and what is under way between them.
//
// Everything that travels is an event with a time, also where it takes no time, so it arrives in
// some later wait() and never inside a call. Events of one time happen in the order they were made.
// One seed decides everything: the same calls give the same run, and the trace hash proves it.
//
// Behaves as Linux does on loopback: closing with unread bytes resets; bytes that arrive at a
// closed end are answered with a reset; bytes that arrived before a reset stay readable.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "io/operation.h"
#include "io/sim/byte_queue.h"
#include "io/sim/event_queue.h"
#include "io/sim/faults.h"
#include "io/sim/heap.h"

namespace shoal::io::sim {

/// Who is told what happens at an end.
class watcher {
 public:
  virtual void changed() noexcept = 0;     ///< something has arrived. Only from run_events()
  virtual void room_again() noexcept = 0;  ///< the other end has read. From any call

 protected:
  ~watcher() = default;
};

/// One end of a connection.
struct endpoint {
  std::uint32_t id = 0;
  endpoint* other = nullptr;
  watcher* watch = nullptr;
  byte_queue inbox;                // what the other end has sent and nobody has read
  std::size_t arrived = 0;         // so many of them are here; the rest is under way
  std::size_t window = 0;          // most that inbox may hold
  std::uint64_t taken = 0;         // bytes that have been read here, ever
  monotonic_time arrival_order{};  // nothing arrives before what was sent before it
  bool established = false;
  bool refused = false;
  bool fin_sent = false;
  bool fin_arrived = false;
  bool reset = false;
  bool closed = false;

  [[nodiscard]] bool readable() const noexcept { return arrived > 0 || fin_arrived || reset; }
  [[nodiscard]] std::size_t room() const noexcept {
    return other->inbox.size() < other->window ? other->window - other->inbox.size() : 0;
  }
};

class network;

/// What a descriptor number stands for: a listener, an end, or neither yet.
struct socket final : watcher {
  explicit socket(network& n) noexcept : net(n) {}
  void changed() noexcept override;
  void room_again() noexcept override { changed(); }

  network& net;
  int number = -1;
  bool open = false;
  bool listening = false;
  std::uint64_t serial = 0;  // a number's next life has another one
  endpoint* end = nullptr;
  std::size_t backlog = 0;
  vector<endpoint*> queue;              // waits to be accepted
  std::function<void(endpoint&)> host;  // takes connections itself: a listener of the other side
  std::array<operation*, 5> waiting{};  // by operation::kind
};

class network final {
 public:
  network(std::uint64_t seed, const faults& f) noexcept : faults_(f), random_(seed) {}
  network(const network&) = delete;
  network& operator=(const network&) = delete;

  // Time.
  [[nodiscard]] monotonic_time now() const noexcept { return now_; }
  void advance_to(monotonic_time t) noexcept;
  void run_events() noexcept;  ///< all whose time has come, and those they cause at once
  [[nodiscard]] monotonic_time next_event() const noexcept { return events_.next_time(); }
  void call_at(monotonic_time when, std::function<void()> call);

  // Chance.
  [[nodiscard]] const faults& settings() const noexcept { return faults_; }
  [[nodiscard]] bool chance(double probability) noexcept;
  [[nodiscard]] std::size_t some_of(std::size_t count) noexcept;  ///< 1 .. count
  [[nodiscard]] random_source& random() noexcept { return random_; }
  [[nodiscard]] nanoseconds draw_delay() noexcept;  ///< 1 ns .. max_delay

  // Connections.
  [[nodiscard]] endpoint& open_pair(std::size_t window);  ///< the one end; `other` the other
  void establish(endpoint& client) noexcept;              ///< without a handshake
  void connect(endpoint& client, socket& listener);
  void refuse(endpoint& client);
  [[nodiscard]] std::size_t draw_window() noexcept;
  std::size_t write(endpoint& from, std::span<const std::byte>);  ///< what fits
  void read(endpoint&, std::size_t count) noexcept;               ///< takes arrived bytes away
  void finish(endpoint& from);                                    ///< FIN
  void close(endpoint&);
  void reset(endpoint& from);                     ///< RST, and `from` is gone
  void look_again(endpoint&, nanoseconds later);  ///< its watcher is told later

  // Descriptors.
  [[nodiscard]] bool descriptors_left() const noexcept { return open_sockets_ < socket_limit_; }
  void limit_sockets(std::size_t most) noexcept { socket_limit_ = most; }
  [[nodiscard]] std::size_t open_sockets() const noexcept { return open_sockets_; }
  [[nodiscard]] socket& open_socket(endpoint* end);  ///< the lowest number free
  [[nodiscard]] socket& open_listener(std::size_t backlog);
  [[nodiscard]] socket& at(int number) noexcept;           ///< an open one, or we end
  [[nodiscard]] socket* find(int number) noexcept;         ///< nullptr: never was one
  [[nodiscard]] socket* listener_at(int number) noexcept;  ///< nullptr: nobody listens there
  void close(socket&);
  [[nodiscard]] deque<socket>& sockets() noexcept { return sockets_; }

  // Operations that can make a step, in the order in which they became able to. The driver's.
  vector<operation*> ready;
  void make_ready_if_able(operation&);

  enum class traced : std::uint8_t {
    event,
    wrote,
    read,
    outcome,
    start,
    cancel,
    close,
    shutdown,
    connect
  };
  void trace(traced what, std::uint64_t id, std::uint64_t amount) noexcept;
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return hash_; }

 private:
  void send_event(event::kind, endpoint& to, std::uint64_t amount = 0, bool ordered = true,
                  socket* listener = nullptr);
  void happen(const event&);
  void arrive(endpoint&, std::size_t bytes);
  void knock(const event&);
  void fall(endpoint&) noexcept;
  void tell(endpoint&) noexcept;

  const faults faults_;
  random_source random_;
  monotonic_time now_{std::chrono::hours{1}};
  std::uint64_t hash_ = 0;
  event_queue events_;
  std::vector<std::function<void()>> calls_;
  std::vector<std::uint64_t> free_calls_;
  deque<endpoint> endpoints_;
  deque<socket> sockets_;
  std::size_t lowest_free_ = 0;  // no number below it is free
  std::size_t open_sockets_ = 0;
  std::size_t socket_limit_ = std::numeric_limits<std::size_t>::max();
};

/// What the driver notes in operation::state_.
namespace state {
inline constexpr std::uint8_t queued = 1;  // in network::ready or the driver's batch
inline constexpr std::uint8_t cancelled = 2;
inline constexpr std::uint8_t failing = 4;    // told to fail by a test
inline constexpr std::uint8_t starved = 8;    // waits for a buffer
inline constexpr std::uint8_t promised = 16;  // its turn for a buffer has come
}  // namespace state

[[nodiscard]] bool able(const operation&, const socket&) noexcept;

}  // namespace shoal::io::sim
