// What a load is: everything that the command line of a program that uses this library sets.
#pragma once

#include <netinet/in.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/open.h"

namespace shoal::load {

struct options {
  sockaddr_in address{};  ///< of the server
  std::string host;       ///< for the Host field: "127.0.0.1:8080"
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::string> fields;  ///< more header lines, "Name: value"
  std::string body;                 ///< with Content-Length if not empty

  unsigned connections = 64;
  unsigned pipeline = 1;            ///< requests in flight on each connection
  double rate = 0;                  ///< requests a second, by the clock; 0: as fast as answers come
  std::uint64_t requests_each = 0;  ///< then the connection is closed and opened anew; 0: never
  std::chrono::milliseconds warm_up{500};
  std::chrono::milliseconds duration{3000};

  /// How long the generator lets answers gather while the server is behind; 0: it looks at once.
  std::chrono::microseconds gather{50};

  unsigned expected_status = 200;
  bool compare_body = false;
  std::string expected_body;

  io::driver_kind driver = io::driver_kind::automatic;
  int cpu = -1;                ///< the generator's core; -1: wherever the system puts it
  std::vector<pid_t> watched;  ///< processes of the server, whose CPU time is reported
};

/// "127.0.0.1:8080" (IPv4, numeric) into address and host.
[[nodiscard]] result<void> set_target(std::string_view text, options& to);

/// The bytes of one request.
[[nodiscard]] std::string make_request(const options& from);

}  // namespace shoal::load
