#include "cluster/node/tally_keeper.h"

#include <utility>

namespace shoal::cluster {
namespace {

using shm::total;

struct counted {
  total what;
  std::uint64_t http::server_counters::* which;
};

constexpr counted all[] = {{total::accepted, &http::server_counters::connections_accepted},
                           {total::accept_failures, &http::server_counters::accept_failures},
                           {total::turned_away, &http::server_counters::turned_away},
                           {total::adopted, &http::server_counters::adopted},
                           {total::given, &http::server_counters::given},
                           {total::misread, &http::server_counters::misread},
                           {total::shed, &http::server_counters::shed}};

/// Of answers with a status of that hundred, counted from 0.
total answers_of(std::size_t hundred) noexcept {
  return static_cast<total>(static_cast<std::size_t>(total::answers_2xx) + hundred);
}

}  // namespace

tally_keeper::tally_keeper(shm::worker_tally* tally, const shm::worker_identity& who) noexcept
    : tally_(tally) {
  if (tally_ != nullptr) shm::take_up(*tally_, who.generation, who.restarts);
}

void tally_keeper::turn_ended(const http::server_counters& now, nanoseconds turn) noexcept {
  if (tally_ == nullptr) return;
  tell(*tally_, now, turn);
  if (trial_ != nullptr) tell(*trial_, now, turn);
  told_ = now;
}

void tally_keeper::tell(shm::worker_tally& tally, const http::server_counters& now,
                        nanoseconds turn) const noexcept {
  for (const auto& [what, which] : all) shm::add(tally, what, now.*which - told_.*which);
  for (std::size_t i = 0; i < now.answers.size(); ++i) {
    shm::add(tally, answers_of(i), now.answers[i] - told_.answers[i]);
  }
  shm::add_latency(tally, turn, now.answered_at_once - told_.answered_at_once);
}

void tally_keeper::window_closed(std::uint64_t busy_ns, std::uint64_t turns,
                                 std::uint64_t run_delay_ns) noexcept {
  add(total::busy_ns, busy_ns - std::exchange(busy_told_ns_, busy_ns));
  add(total::turns, turns - std::exchange(turns_told_, turns));
  add(total::run_delay_ns, run_delay_ns);
}

}  // namespace shoal::cluster
