#include "cluster/load_publisher.h"

namespace shoal::cluster {

using namespace std::chrono_literals;

void load_publisher::turn_ended() noexcept {
  const auto now = read_clock();
  shm::worker_load load;
  if (server_ != nullptr) {
    const auto& counters = server_->counters();
    load = {.connections_open = counters.connections_open,
            .requests_in_flight = counters.requests_in_flight,
            .requests_total = counters.requests_total,
            .connections_accepted = counters.connections_accepted};
  }
  slot_.turn_ended(now, load);
  if (now >= next_sample_) sample(now, load);
}

void load_publisher::sample(monotonic_time now, const shm::worker_load& load) noexcept {
  next_sample_ = now + 1s;
  shm::append(ring_, {.at_ns = to_ns(now),
                      .requests_total = load.requests_total,
                      .busy_ns = slot_.busy_ns(),
                      .connections_open = static_cast<std::uint32_t>(load.connections_open),
                      .requests_in_flight = static_cast<std::uint32_t>(load.requests_in_flight),
                      .longest_turn_ns = slot_.take_longest_turn_ns(),
                      .generation = generation_});
}

}  // namespace shoal::cluster
