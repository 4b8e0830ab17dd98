// A connection between two loops: what the next one has to know to go on as if it had accepted it.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "http/arrivals.h"

namespace shoal::http {

/// A socket that several loops hold for a while: the one that serves it, and those from which it
/// was taken, until they have let go of what their drivers keep for it. Its number is not given
/// back before, so that none of them can meet another connection under it.
///
/// Threads: any; whoever lets go last closes it.
class joint_socket final {
 public:
  /// Held by one, for a start.
  void open(int socket) noexcept { socket_ = socket; }

  void join() noexcept { holders_.fetch_add(1, std::memory_order_relaxed); }

  /// Nobody else holds it, and nobody else will.
  [[nodiscard]] bool alone() const noexcept {
    return holders_.load(std::memory_order_acquire) == 1;
  }

  /// For who is alone() and closes the socket itself.
  void forget() noexcept { delete this; }

  /// Ends with the last holder. Acquire and release: all that was done with it comes before.
  void let_go() noexcept;

 private:
  int socket_ = -1;
  std::atomic<unsigned> holders_{1};
};

struct moved_connection {
  int socket = -1;
  std::string input;              ///< received and not used: less than a request, or the next ones
  std::uint32_t served = 0;       ///< requests
  std::uint32_t work_us = 0;      ///< that its requests made lately
  std::uint32_t closes_at = 0;    ///< in seconds of CLOCK_MONOTONIC; 0: not decided yet
  std::uint64_t key = 0;          ///< it goes to the home of this one; 0: it has none
  std::uint16_t node = no_node;   ///< it goes to a worker of this NUMA node
  bool stays = false;             ///< nobody else took it: its next request is served here
  bool on_trial = false;          ///< it goes to the process that succeeds this one and is tried
  bool shared = false;            ///< other processes may still have a descriptor of the socket
  joint_socket* joint = nullptr;  ///< held for the receiver; nullptr: no other loop has the socket

  /// Somebody has sent it to where it belongs.
  [[nodiscard]] bool has_home() const noexcept { return key != 0 || node != no_node; }

  /// Its end has to be said (shutdown), since closing it here would not tell the client.
  [[nodiscard]] bool has_others() const noexcept {
    return shared || (joint != nullptr && !joint->alone());
  }
};

/// Gives the descriptor away, for somebody who has another one of the socket.
void let_go_of(const moved_connection& sent) noexcept;

/// Ends it for the client, whoever else has a descriptor.
void break_off(const moved_connection& lost) noexcept;

}  // namespace shoal::http
