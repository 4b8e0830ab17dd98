// Through this the conformance suite moves any driver: a world holds one driver and the far ends of
// its connections. There are two: plain sockets (socket_world.cc, for uring and epoll) and the sim
// driver's own network (sim_world.cc).
//
// Nothing here blocks and nothing here runs the driver. What a far end does is seen by the driver
// in some later turn, and the other way round, so tests run turns until they see it.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/driver.h"

namespace shoal::io::conformance {

/// The far end of one connection, moved by the test's hand. Its end closes it.
class peer {
 public:
  virtual ~peer() = default;

  /// Sends what fits now and says how much that was: 0 when the driver's side does not read, or
  /// when the connection is gone.
  virtual std::size_t send(std::string_view bytes) = 0;

  /// Takes at most `most` of the bytes that have arrived. A peer that is not asked does not read:
  /// its window fills up and the driver's sends get stuck.
  virtual std::string receive(std::size_t most = 1 << 20) = 0;

  /// receive() has met the end: the driver's side has closed or shut down, and all bytes before
  /// that have been received; or there was a reset.
  [[nodiscard]] virtual bool ended() const = 0;
  [[nodiscard]] virtual bool was_reset() const = 0;

  virtual void shutdown_send() = 0;  ///< FIN; receiving goes on
  virtual void close() = 0;          ///< FIN, provided that everything has been received
  virtual void reset() = 0;          ///< RST: what is under way in either direction is lost
};

struct connection {
  int socket = -1;  ///< the driver's end: the test closes it through the driver, or leaves it
  std::unique_ptr<peer> far;
};

struct address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

class world {
 public:
  virtual ~world() = default;

  [[nodiscard]] virtual driver& io() = 0;

  /// Destroys the driver, whatever is in flight. io() must not be called afterwards.
  virtual void close_driver() = 0;

  /// A listener for the driver, with room for 128 waiting connections.
  [[nodiscard]] virtual int listen() = 0;

  /// A peer whose connection is established and waits in the listener's queue.
  [[nodiscard]] virtual std::unique_ptr<peer> connect(int listener) = 0;

  /// An established connection that the driver has not seen yet. `buffer_bytes` bounds, roughly,
  /// what can be under way in each direction while the receiver does not read.
  [[nodiscard]] virtual connection connected(std::size_t buffer_bytes = 1 << 16) = 0;

  /// For connect_op: a non-blocking socket, and three kinds of places to go.
  [[nodiscard]] virtual int fresh_socket() = 0;
  [[nodiscard]] virtual address address_of(int listener) = 0;
  [[nodiscard]] virtual address refusing_address() = 0;  ///< ECONNREFUSED
  [[nodiscard]] virtual address silent_address() = 0;    ///< no answer for as long as a test runs

  /// Between these two no descriptor can be had: accepting meets EMFILE.
  virtual void exhaust_descriptors() = 0;
  virtual void restore_descriptors() = 0;
};

/// A world with a newly opened driver, or why this machine cannot have it (the test is skipped).
using open_world = result<std::unique_ptr<world>> (*)(const driver_options&);

/// When a driver does what it was asked to do.
enum class pace {
  of_turns,  ///< within the next wait(), in order, as far as it goes at once
  its_own,   ///< a thread of the kernel's does it, soon: tests that tell turns apart skip it
};

struct driver_under_test {
  std::string_view name;
  open_world open;
  pace keeps = pace::of_turns;
};

/// Filled before main() by one `const registration` in a file for each driver; meson decides which
/// of these files are linked.
[[nodiscard]] std::vector<driver_under_test>& drivers_under_test();

struct registration {
  registration(std::string_view name, open_world open, pace keeps = pace::of_turns) {
    drivers_under_test().push_back({name, open, keeps});
  }
};

}  // namespace shoal::io::conformance
