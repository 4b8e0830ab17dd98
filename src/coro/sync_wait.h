// For tests and tools: a task's result without a coroutine around it.
#pragma once

#include <concepts>
#include <utility>

#include "base/check.h"
#include "shoal/coro/task.h"

namespace shoal {

/// Starts `work` and calls `turn` until it has finished (a loop's run_turn, or what else resumes).
template <typename T, std::invocable Turn>
T sync_wait(task<T> work, Turn&& turn) {
  class ending final : public completion {
   public:
    bool ended = false;

   private:
    std::coroutine_handle<> finished() noexcept override {
      ended = true;
      return std::noop_coroutine();
    }
  };
  ending end;
  end.ended = work.start(end);
  while (!end.ended) turn();
  return work.take();
}

/// The same for a task that waits for nothing.
template <typename T>
T sync_wait(task<T> work) {
  return sync_wait(std::move(work), [] { SHOAL_CHECK(!"a task that should not wait waits"); });
}

}  // namespace shoal
