#include "io/sim/world.h"

#include <utility>

#include "io/sim/address.h"

namespace shoal::io::sim {

world::world(std::uint64_t seed, const faults& f, const driver_options& options) : net_(seed, f) {
  driver_.emplace(net_, options);
}

int world::listen(std::size_t backlog) { return net_.open_listener(backlog).number; }

int world::fresh_socket() { return net_.open_socket(nullptr).number; }

sockaddr_storage world::address_of(int listener) const noexcept {
  return sim::address_of({place::kind::listener, listener});
}

sockaddr_storage world::refusing_address() const noexcept {
  return sim::address_of({place::kind::refusing, -1});
}

sockaddr_storage world::silent_address() const noexcept {
  return sim::address_of({place::kind::silent, -1});
}

peer& world::connect(int listener) {
  endpoint& client = net_.open_pair(net_.draw_window());
  peer& p = peers_.emplace_back(net_, client);
  net_.connect(client, net_.at(listener));
  return p;
}

int world::serve(std::function<void(peer&)> visited) {
  socket& s = net_.open_listener(0);
  s.host = [this, visited = std::move(visited)](endpoint& end) {
    visited(peers_.emplace_back(net_, end));
  };
  return s.number;
}

world::connection world::connected() { return connected(net_.draw_window()); }

world::connection world::connected(std::size_t window) {
  endpoint& client = net_.open_pair(window);
  net_.establish(client);
  const int number = net_.open_socket(client.other).number;
  return {number, peers_.emplace_back(net_, client)};
}

void world::after(nanoseconds delay, std::function<void()> script) {
  net_.call_at(net_.now() + delay, std::move(script));
}

bool world::run(loop& l, std::uint64_t most_turns) noexcept {
  for (std::uint64_t turn = 0; turn < most_turns; ++turn) {
    l.run_turn();
    if (idle()) return true;
  }
  return false;
}

}  // namespace shoal::io::sim
