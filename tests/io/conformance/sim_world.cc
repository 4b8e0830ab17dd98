#include "io/sim/world.h"

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>

#include "base/random.h"
#include "harness.h"

namespace shoal::io::conformance {
namespace {

/// A scripted peer without a script: the test reads by hand.
class sim_peer final : public peer {
 public:
  explicit sim_peer(sim::peer& far) : far_(far) { far_.pause_reading(); }
  ~sim_peer() override { far_.close(); }

  std::size_t send(std::string_view bytes) override { return far_.try_send(bytes); }
  std::string receive(std::size_t most) override { return far_.take(most); }
  [[nodiscard]] bool ended() const override { return far_.ended(); }
  [[nodiscard]] bool was_reset() const override { return far_.was_reset(); }
  void shutdown_send() override { far_.shutdown_send(); }
  void close() override { far_.close(); }
  void reset() override { far_.reset(); }

 private:
  sim::peer& far_;  // the simulated world's, which outlives it
};

class sim_world final : public world {
 public:
  sim_world(std::uint64_t seed, const sim::faults& faults, const driver_options& options)
      : world_(seed, faults, options) {}

  driver& io() override { return world_.io(); }
  void close_driver() override { world_.close_driver(); }

  int listen() override { return world_.listen(128); }
  std::unique_ptr<peer> connect(int listener) override {
    return std::make_unique<sim_peer>(world_.connect(listener));
  }
  connection connected(std::size_t buffer_bytes) override {
    const auto [socket, far] = world_.connected(buffer_bytes);
    return {socket, std::make_unique<sim_peer>(far)};
  }

  int fresh_socket() override { return world_.fresh_socket(); }
  address address_of(int listener) override { return of(world_.address_of(listener)); }
  address refusing_address() override { return of(world_.refusing_address()); }
  address silent_address() override { return of(world_.silent_address()); }

  void exhaust_descriptors() override { world_.limit_sockets(world_.open_sockets()); }
  void restore_descriptors() override {
    world_.limit_sockets(std::numeric_limits<std::size_t>::max());
  }

 private:
  static address of(const sockaddr_storage& a) { return {a, sizeof(sockaddr_in)}; }

  sim::world world_;
};

/// With SHOAL_SEED, each test runs in a world with other faults: those that change when an outcome
/// comes, but not what it is, nor who arrives first, which tests may rely on.
sim::faults faults_of(std::uint64_t seed) {
  random_source random(seed);
  sim::faults f = sim::draw_faults(random);
  f.delay = f.reset = f.emfile = f.short_read = f.small_window = f.half_close = 0;
  f.window = sim::faults{}.window;
  f.turn_time = std::chrono::milliseconds{1};
  return f;
}

const registration sim("sim", [](const driver_options& options) {
  static const char* const given = std::getenv("SHOAL_SEED");
  static std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 0;
  const sim::faults faults = given != nullptr ? faults_of(++seed) : sim::faults{};
  return result<std::unique_ptr<world>>(std::make_unique<sim_world>(seed, faults, options));
});

}  // namespace
}  // namespace shoal::io::conformance
