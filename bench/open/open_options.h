// What an open load is: everything that open_load's command line sets.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::open {

/// Requests of one kind, counted on their own.
struct request_class {
  std::string name;
  double weight = 1;  ///< its share of all requests is its weight by the sum of all weights
  std::string path;
  std::string body;  ///< what every answer's body must be, if compare_body
  bool compare_body = false;

  bool may_refuse = false;  ///< 503 with Retry-After is no error, and counted on its own

  /// Nobody is queued behind one of these: its connection gets no other request until it is
  /// answered. A request that waits behind another of its own client's making says nothing about
  /// the server.
  bool alone = false;
};

enum class arrivals : std::uint8_t {
  poisson,   ///< independent of each other, as many clients are
  constant,  ///< one interval after another
};

/// Which connection a request is given to.
enum class choice : std::uint8_t {
  own,    ///< a random one, whose queue it joins: each connection is a client of its own
  idle,   ///< a random one on which nothing is out, as from a client's pool; else it waits for one
  turns,  ///< one after another in a shuffled order, whose queues they join: equal load for each
  fresh,  ///< a new one, which is closed after the answer
};

struct options {
  sockaddr_in address{};  ///< of the server
  std::string host;       ///< for the Host field: "127.0.0.1:8080"
  std::vector<request_class> classes;

  unsigned connections = 64;
  double rate = 2000;  ///< requests a second, in all
  open::arrivals arrivals = open::arrivals::poisson;
  open::choice choice = open::choice::own;
  double hot_share = 0;  ///< of the connections, which get hot_factor times as many requests
  unsigned hot_factor = 10;
  std::uint64_t seed = 1;

  std::chrono::milliseconds ramp{100};  ///< over which the connections are opened
  std::chrono::milliseconds warm_up{1000};
  std::chrono::milliseconds duration{8000};

  /// A request older than this, from its planned time, is given up and its connection closed.
  std::chrono::milliseconds timeout{10'000};

  std::string log;             ///< a file for a line about each measured request; empty: none
  int cpu = -1;                ///< the generator's core; -1: wherever the system puts it
  std::vector<pid_t> watched;  ///< processes of the server, whose CPU time is reported
};

/// "NAME,WEIGHT,PATH", with ",alone" or ",may-refuse" or both behind it, added to the classes.
[[nodiscard]] result<void> add_class(std::string_view text, options& to);

/// "NAME=BODY" for a class that is there.
[[nodiscard]] result<void> set_body(std::string_view text, options& to);

}  // namespace shoal::open
