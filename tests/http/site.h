// A server on the simulated network: routes, a loop and scripted clients, without a socket.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"
#include "io/loop.h"
#include "io/sim/world.h"
#include "shoal/http/problem.h"
#include "shoal/http/routes.h"

namespace shoal::http {

class site final {
 public:
  explicit site(std::uint64_t seed = 1, const io::sim::faults& faults = {},
                const io::driver_options& driver = {})
      : world(seed, faults, driver), loop(world.io()) {}

  /// After the routes are there.
  void open(server_options options = {}) {
    options.clock = [] { return std::chrono::system_clock::time_point(std::chrono::hours(1)); };
    std::string problem;
    const auto* table = routes.freeze(problem);
    SHOAL_CHECK(table != nullptr);
    routes.make_states(self);
    server.emplace(loop, *table, self, options);
    listener = world.listen();
    server->listen(listener);
  }

  io::sim::peer& connect() { return world.connect(listener); }

  /// A client that has sent `bytes`.
  io::sim::peer& send(std::string_view bytes) {
    auto& client = connect();
    client.send(bytes);
    return client;
  }

  /// Lets virtual time pass.
  void pass(std::chrono::nanoseconds time) {
    const auto until = loop.now() + time;
    while (loop.now() < until) loop.run_turn(until);
  }

  /// Until nothing happens any more, timeouts included. False: it goes on for ever.
  bool run() { return world.run(loop); }

  io::sim::world world;
  io::loop loop;
  http::routes routes;
  worker self{worker_facts{.driver = "sim"}};
  int listener = -1;
  std::optional<http::server> server;
};

/// The body of an error answer.
inline std::string problem_body(status code, std::string_view detail = {}) {
  return std::string(problem(code, detail).body());
}

/// The answer's parts, for tests that send one request.
struct parsed_answer {
  explicit parsed_answer(std::string_view bytes) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos) return;
    head = bytes.substr(0, end + 2);
    rest = bytes.substr(end + 4);
    if (head.size() > 12) status = std::atoi(std::string(head.substr(9, 3)).c_str());
  }
  [[nodiscard]] bool has(std::string_view line) const {
    return head.find("\r\n" + std::string(line) + "\r\n") != std::string::npos;
  }
  int status = 0;
  std::string head;
  std::string rest;
};

/// `count` answers' bodies, by Content-Length, joined by '|'; with "?" behind what does not parse.
inline std::string bodies_of(std::string_view bytes) {
  std::string joined;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    const auto length = bytes.find("Content-Length: ");
    if (end == std::string_view::npos || length == std::string_view::npos || length > end) {
      return joined + "?";
    }
    const auto size = std::strtoul(std::string(bytes.substr(length + 16, 20)).c_str(), nullptr, 10);
    if (!joined.empty()) joined += '|';
    joined += bytes.substr(end + 4, size);
    bytes.remove_prefix(std::min(bytes.size(), end + 4 + size));
  }
  return joined;
}

}  // namespace shoal::http
