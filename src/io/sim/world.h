// A world in a seed: one driver, and everything on the other side of it.
//
//     sim::world w(seed, faults);
//     io::loop loop(w.io());
//     const int listener = w.listen();       // for the program under test
//     sim::peer& p = w.connect(listener);
//     p.send("GET / HTTP/1.1\r\n\r\n");
//     w.run(loop);                           // until nothing can happen any more
//     EXPECT_EQ(p.received(), "...");
//
// The same seed, faults and calls give the same run, on any machine; trace_hash() is a proof of it.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "io/driver.h"
#include "io/loop.h"
#include "io/sim/faults.h"
#include "io/sim/network.h"
#include "io/sim/peer.h"
#include "io/sim/sim_driver.h"

namespace shoal::io::sim {

/// Threads: one. Keeps its connections and peers until its end.
class world final {
 public:
  explicit world(std::uint64_t seed, const faults& = {}, const driver_options& = {});
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  [[nodiscard]] driver& io() noexcept { return *driver_; }

  /// Destroys the driver, whatever is in flight; its sockets stay open.
  void close_driver() noexcept { driver_.reset(); }

  // For the program under test: descriptor numbers that exist in this world only.
  [[nodiscard]] int listen(std::size_t backlog = 4096);
  [[nodiscard]] int fresh_socket();  ///< for connect_op
  [[nodiscard]] sockaddr_storage address_of(int listener) const noexcept;
  [[nodiscard]] sockaddr_storage refusing_address() const noexcept;
  [[nodiscard]] sockaddr_storage silent_address() const noexcept;

  /// At most so many sockets are open at once; accepting meets EMFILE beyond.
  void limit_sockets(std::size_t most) noexcept { net_.limit_sockets(most); }
  [[nodiscard]] std::size_t open_sockets() const noexcept { return net_.open_sockets(); }

  // The other side.
  peer& connect(int listener);  ///< it may send at once
  /// A listener of the other side, at address_of(what this returns): `visited` is given each
  /// connection that the program makes, and may send at once.
  [[nodiscard]] int serve(std::function<void(peer&)> visited);
  struct connection {
    int socket;
    peer& far;
  };
  [[nodiscard]] connection connected();  ///< without a listener
  [[nodiscard]] connection connected(std::size_t window);

  /// Calls `script` when `delay` has passed, in some wait().
  void after(nanoseconds delay, std::function<void()> script);

  /// The `count`-th operation started from now on fails; 1 is the next one.
  void fail_start(std::uint64_t count, int error) noexcept { driver_->fail_start(count, error); }

  // The run.
  [[nodiscard]] monotonic_time now() const noexcept { return net_.now(); }

  /// The last turn was told to wait for ever, with no timer pending, and nothing can happen any
  /// more: wait() has returned instead of hanging.
  [[nodiscard]] bool idle() const noexcept { return driver_->idle(); }

  /// Runs turns until idle(); false if `most_turns` were not enough.
  bool run(loop&, std::uint64_t most_turns = 1'000'000) noexcept;

  /// Of all that has happened so far, in order, with times and bytes.
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return net_.trace_hash(); }

 private:
  network net_;
  std::deque<peer> peers_;
  std::optional<sim_driver> driver_;
};

}  // namespace shoal::io::sim
