// Lets workers rest and calls them back, and says when those who rest have no connection left.
// Includes asio, for the supervisor's files alone.
#pragma once

#include <algorithm>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.h"
#include "cluster/blueprint.h"
#include "cluster/control/control_target.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {

class duty_desk final {
 public:
  /// `changed`: the plan's roster has, and processes have to hear of it.
  duty_desk(blueprint& plan, asio::io_context& context, std::function<void()> changed)
      : plan_(plan), changed_(std::move(changed)), timer_(context) {}

  // Outcomes come when all who rest are rid of their connections, or after the drain timeout.

  void scale(unsigned workers, control_then then) {
    const auto done = plan_.roster.scale(workers);
    if (!done) return refuse(done.error().message, then);
    begin(all_workers(), show(), std::move(then));
  }

  void drain(unsigned node, control_then then) {
    const auto done = plan_.roster.drain(node);
    if (!done) return refuse(done.error().message, then);
    begin(plan_.roster.workers_of(node), "node " + std::to_string(node) + " is drained; " + show(),
          std::move(then));
  }

  void undrain(unsigned node, const control_then& then) {
    plan_.roster.undrain(node);
    begin({}, "node " + std::to_string(node) + " takes connections; " + show(), then);
  }

  /// One more, or one fewer: for signals.
  void step(int by) {
    scale(static_cast<unsigned>(static_cast<int>(plan_.roster.wanted()) + by), nullptr);
  }

  /// Nobody is waited for any more.
  void stop(const control_outcome& why) {
    timer_.cancel();
    for (const auto& one : std::exchange(waiting_, {})) one.then(why);
  }

 private:
  static constexpr std::chrono::milliseconds every{5};

  struct wait {
    std::vector<unsigned> workers;
    std::string done;
    control_then then;
    monotonic_time deadline;
  };

  static void refuse(const std::string& why, const control_then& then) {
    log_warning(why);
    if (then) then({control_outcome::kind::refused, why});
  }

  [[nodiscard]] std::vector<unsigned> all_workers() const {
    std::vector<unsigned> all(plan_.roster.workers());
    for (unsigned w = 0; w < all.size(); ++w) all[w] = w;
    return all;
  }

  [[nodiscard]] std::string show() const {
    return std::to_string(plan_.roster.serving()) + " of " +
           std::to_string(plan_.roster.workers()) + " workers serve";
  }

  void begin(std::vector<unsigned> workers, std::string done, control_then then) {
    log_info(done);
    changed_();
    if (!then) return;
    std::erase_if(workers, [this](unsigned w) { return !plan_.roster.rests(w); });
    waiting_.push_back({std::move(workers), std::move(done), std::move(then),
                        read_clock() + plan_.terms.lifecycle.drain_timeout});
    look();
  }

  void look() {
    std::erase_if(waiting_, [this](const wait& one) { return is_over(one); });
    if (waiting_.empty()) return;
    timer_.expires_after(every);
    timer_.async_wait([this](const asio::error_code& failure) {
      if (!failure) look();
    });
  }

  /// And if so, says how it went.
  bool is_over(const wait& one) const {
    std::uint64_t held = 0;
    for (const unsigned worker : one.workers) {
      if (!plan_.roster.rests(worker)) {
        one.then({control_outcome::kind::failed, "called back before it was over; " + show()});
        return true;
      }
      const auto seen = shm::read_slot(plan_.segment.slot(worker));
      // Before it has heard of it, nobody knows what it will still be given.
      const bool heard = seen.state != shm::worker_state::ready;
      held += heard ? seen.connections_open : std::max<std::uint64_t>(seen.connections_open, 1);
    }
    const bool late = read_clock() >= one.deadline;
    if (held > 0 && !late) return false;
    if (held == 0) {
      one.then({control_outcome::kind::done, one.done});
    } else {
      one.then({control_outcome::kind::failed,
                one.done + ", but " + std::to_string(held) +
                    " connections have not finished what they have begun"});
    }
    return true;
  }

  blueprint& plan_;
  const std::function<void()> changed_;
  asio::steady_timer timer_;
  std::vector<wait> waiting_;
};

}  // namespace shoal::cluster
