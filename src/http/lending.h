// A worker that is stuck in a handler cannot serve its other connections, and cannot give them away
// either, since that takes its loop. So others take them: connections of which nothing has been
// read, and whose next request waits in the socket. docs/why/lending.md says why that is safe.
//
//   the owner    puts a connection on offer when it falls idle, and takes it back before it touches
//                it. Between two turns, while others are kept out, it lets go of what was taken
//   a watcher    asks whether a turn lasts long and connections have something to say
//   the taker    another worker: claims the turn, takes, leaves, and serves them as its own
//
// Taken is for good: the connection lives on where it is served soonest.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

#include "base/clock.h"
#include "http/current_request.h"
#include "http/moved_connection.h"
#include "io/offer.h"
#include "io/turn_gate.h"

namespace shoal::http {

class connection;

/// A connection's place in the table of its owner. The owner writes all but the word's `taken`.
struct lent_place {
  io::offered offer;
  std::atomic<connection*> who{nullptr};
  std::atomic<int> socket{-1};                ///< a hint for those who have taken nothing yet
  std::atomic<joint_socket*> joint{nullptr};  ///< the taker's word to the owner
  lent_place* next = nullptr;                 ///< in the list of free places, or of taken ones
};

static_assert(std::is_trivially_destructible_v<lent_place>, "the table is freed as it is");

/// Lifetime: outlives the server that lends and all who take.
/// Memory: 64 bytes for each connection that there can be, touched as they come.
class lending final {
 public:
  /// `connections`: how many can be on offer at once; more are never lent.
  explicit lending(unsigned connections);
  ~lending();
  lending(const lending&) = delete;
  lending& operator=(const lending&) = delete;

  // --- the owner's thread

  /// nullptr when the table is full.
  [[nodiscard]] lent_place* enlist(connection& who, int socket) noexcept;
  /// Of a connection that is held, or was taken and returned.
  void strike(lent_place& place) noexcept;

  void offer(lent_place& place) noexcept { place.offer.make(turns()); }

  /// After a wait. `open`: others may come in, since all that was received is known.
  void turn_began(monotonic_time now, bool open) noexcept;
  /// Before a wait; waits itself for others inside. Then take_returned() until it is empty.
  void turn_ended() noexcept { gate_.close(); }
  /// A place whose connection was taken since; its `joint` is set. nullptr: no more.
  [[nodiscard]] lent_place* take_returned() noexcept;
  /// Whether there may be some in this turn. Who has got one of them since, by way of other
  /// threads, is told so.
  [[nodiscard]] bool any_returned() const noexcept {
    return returned_.load(std::memory_order_relaxed) != nullptr;
  }

  void listen(int listener) { listeners_.push_back(listener); }  ///< before others look

  // --- any thread

  /// The turn under way; 0: none, or nobody may come in.
  [[nodiscard]] std::uint64_t turn() const noexcept { return gate_.turn(); }
  /// Turns so far.
  [[nodiscard]] std::uint64_t turns() const noexcept {
    return turns_.load(std::memory_order_relaxed);
  }
  /// How long the turn under way has lasted; 0: none is.
  [[nodiscard]] nanoseconds turn_age(monotonic_time now) const noexcept;

  /// The one that was begun last in this turn. The owner writes.
  current_request request;

  /// Whether an offered connection, or the queue of new ones, has something to read in the turn
  /// under way. Looks at `most_looked_at` connections, others at the next call. Cost: a poll(2).
  [[nodiscard]] bool has_readable() noexcept;
  /// Whether any can be taken, readable or not.
  [[nodiscard]] bool has_idle() noexcept;

  /// Takes connections of `turn` that have something to read, or with `all` idle ones too; `most`
  /// of them. Inside the gate for some microseconds; empty if the owner has gone on.
  [[nodiscard]] std::vector<moved_connection> take(std::uint64_t turn, bool all,
                                                   std::size_t most = most_taken);

  /// What else waits for the owner: sockets that it has not accepted. Non-blocking.
  [[nodiscard]] std::span<const int> listeners() const noexcept { return listeners_; }

  static constexpr std::size_t most_looked_at = 512;
  static constexpr std::size_t most_taken = 64;  ///< at once

 private:
  std::size_t collect(std::uint64_t turn, std::size_t from, bool readable_only,
                      std::span<lent_place*> into) noexcept;
  bool take_one(lent_place& place, std::uint64_t turn,
                std::vector<moved_connection>& into) noexcept;

  const unsigned capacity_;
  lent_place* const places_;  ///< so many; made when they are first used, to touch no page before
  std::atomic<unsigned> used_{0};  ///< places from here on have never been used; the owner writes
  lent_place* free_ = nullptr;     // the owner's
  std::atomic<std::uint64_t> turns_{0};  ///< the owner writes
  io::turn_gate gate_;
  std::atomic<std::uint64_t> began_ns_{0};      ///< the owner writes, a watcher reads
  std::atomic<lent_place*> returned_{nullptr};  ///< takers push inside the gate, the owner takes
  std::atomic<unsigned> looked_up_to_{0};       ///< the watcher's place in the table
  std::vector<int> listeners_;
};

}  // namespace shoal::http
