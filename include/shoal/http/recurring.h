#pragma once

#include <chrono>
#include <functional>
#include <type_traits>
#include <utility>

#include "shoal/coro/task.h"
#include "shoal/http/worker.h"

namespace shoal::http {

/// Something that workers do again and again (routes::every(), on_idle()).
struct recurring {
  std::chrono::milliseconds interval;
  bool by_one = false;  ///< the cluster's first worker alone
  std::function<task<>(worker&)> run;
  bool when_idle = false;  ///< once in each pause between requests that lasts so long
};

/// `f` as a task; it is kept where the task outlives it not.
template <typename F>
[[nodiscard]] std::function<task<>(worker&)> as_task(F f) {
  if constexpr (std::is_void_v<std::invoke_result_t<const F&, worker&>>) {
    return [f = std::move(f)](worker& self) -> task<> {
      f(self);
      co_return;
    };
  } else {
    return f;
  }
}

}  // namespace shoal::http
