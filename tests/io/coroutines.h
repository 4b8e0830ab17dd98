// Coroutines on a loop in a test: started in a turn, as a handler is, and destroyed when the test
// says so.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "io/loop.h"
#include "io/sim/world.h"
#include "shoal/coro/scope.h"

namespace shoal::io {

class coroutines final {
 public:
  explicit coroutines(loop& on) : loop_(on) {}

  /// In a turn. A lambda that is a coroutine stays, and its captures with it.
  void start(std::function<task<>()> make) {
    makers_.push_back(std::move(make));
    starter first(*this);
    loop_.defer(first);
    loop_.run_turn(loop_.now());
  }

  /// Destroys all frames, wherever they wait.
  void destroy() {
    all_.reset();
    all_.emplace();
  }

  [[nodiscard]] std::size_t running() const { return all_->running(); }

 private:
  struct starter final : runnable {
    explicit starter(coroutines& o) : owner(o) {}
    void run() noexcept override { owner.all_->start(owner.makers_.back()()); }
    coroutines& owner;
  };

  loop& loop_;
  std::deque<std::function<task<>()>> makers_;
  std::optional<scope> all_{std::in_place};
};

}  // namespace shoal::io
