// What a load is: everything that the command line of a program that uses this library sets.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "io/open.h"
#include "load/arrivals.h"
#include "load/pick.h"
#include "load/request_kind.h"
#include "load/target.h"
#include "topology/cpu_list.h"

namespace shoal::load {

struct options {
  target to;
  std::vector<request_kind> kinds;  ///< one at least
  bool keep_alive = true;           ///< false: each connection is for one request, and says so

  unsigned connections = 64;        ///< of pick::fresh: as many at a time, at most
  unsigned pipeline = 1;            ///< requests in flight on each connection, at most
  std::uint64_t requests_each = 0;  ///< then the connection is closed and opened anew; 0: never

  double rate = 0;  ///< requests a second, by the clock; 0: as fast as answers come
  load::arrivals arrivals;
  load::pick pick = load::pick::idle;  ///< of an open loop
  hot_connections hot;                 ///< where requests join lines
  std::uint64_t seed = 1;              ///< of the mix and of random arrivals

  std::chrono::milliseconds warm_up{500};  ///< 0: connections are opened in the measured time, too
  std::chrono::milliseconds duration{3000};
  std::uint64_t count = 0;  ///< requests, instead of the duration; 0: no limit

  /// A request older than this is given up and its connection closed; so is a connection that takes
  /// longer to open.
  std::chrono::milliseconds timeout{10'000};

  /// How long a closed loop lets answers gather while the server is behind and a thread has 32
  /// requests out at least; 0: it looks at once.
  std::chrono::microseconds gather{50};

  /// How long before a request is due an open loop is awake at most, so that it is not late; 0: it
  /// sleeps until then.
  std::chrono::microseconds spin{100};

  unsigned threads = 1;
  topology::cpu_list cpus;  ///< the threads' cores, in turn; empty: wherever the system puts them
  io::driver_kind driver = io::driver_kind::automatic;
  std::vector<pid_t> watched;  ///< processes of the server, whose CPU time is reported
  bool log = false;            ///< what became of each request is kept

  [[nodiscard]] bool open_loop() const noexcept { return rate > 0; }
  /// With what it means that connections are not kept.
  [[nodiscard]] std::uint64_t requests_a_connection() const noexcept {
    return keep_alive && pick != load::pick::fresh ? requests_each : 1;
  }
};

/// Whether it can be done: shares of threads, requests that are requests.
[[nodiscard]] result<void> check(const options&);

}  // namespace shoal::load
