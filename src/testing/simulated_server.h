// An HTTP server on the simulated network: a loop, a virtual clock and scripted peers, without a
// socket. What test::client and the engine's own tests stand on.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/server.h"
#include "http/table.h"
#include "io/loop.h"
#include "io/sim/world.h"
#include "shoal/http/routes.h"
#include "testing/lone_outbox.h"

namespace shoal::test {

struct simulated_server {
  explicit simulated_server(std::uint64_t seed = 1, const io::sim::faults& faults = {},
                            const io::driver_options& driver = {})
      : world(seed, faults, driver), loop(world.io()) {}

  /// Serves routes that outlive it. Throws std::runtime_error if they conflict.
  void open(http::routes& routes, http::server_options options) {
    options.clock = [] { return std::chrono::system_clock::time_point(std::chrono::hours(1)); };
    std::string problem;
    const auto* table = routes.freeze(problem);
    if (table == nullptr) throw std::runtime_error(problem);
    if (!table->messages.empty()) letters.emplace(table->messages, self, loop);
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

  /// What can happen without waiting.
  void settle() {
    // What a turn starts happens in the next one, which the trace then shows.
    for (int quiet = 0; quiet < 2; ++quiet) {
      const auto before = world.trace_hash();
      loop.run_turn(loop.now());
      if (world.trace_hash() != before) quiet = 0;
    }
  }

  /// Until nothing happens any more, timeouts included. False: it goes on for ever.
  bool run() { return world.run(loop); }

  io::sim::world world;
  io::loop loop;
  worker self{worker_facts{.driver = "sim"}};
  std::optional<lone_outbox> letters;  ///< where the app knows messages
  int listener = -1;
  std::optional<http::server> server;
};

}  // namespace shoal::test
