#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <utility>

#include "shoal/coro/task.h"

namespace shoal {

/// A place for tasks whose number is not known beforehand: they run beside the coroutine that holds
/// the scope, and none of them outlives it.
///
///     shoal::scope visitors;
///     for (const auto& address : addresses) visitors.start(visit(address));
///     co_await visitors.join();
///
/// Threads   one
/// Lifetime  destroying it destroys what still runs in it; not from inside a task of its own
/// Cost      one small block of the frame pool for each task
class scope final {
 public:
  scope() noexcept = default;
  scope(const scope&) = delete;
  scope& operator=(const scope&) = delete;
  ~scope();

  /// Runs `work` until it first waits for something. Throws std::bad_alloc, and `work` has not run.
  void start(task<> work);

  [[nodiscard]] std::size_t running() const noexcept { return running_; }

  class [[nodiscard]] joining final {
   public:
    explicit joining(scope& all) noexcept : all_(all) {}
    joining(const joining&) = delete;
    joining& operator=(const joining&) = delete;
    ~joining() { all_.joining_ = nullptr; }

    bool await_ready() const noexcept { return all_.running_ == 0; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { all_.joining_ = waiting; }
    void await_resume() {
      if (all_.failure_) std::rethrow_exception(std::exchange(all_.failure_, nullptr));
    }

   private:
    scope& all_;
  };

  /// co_await scope.join(): until none runs, also of those that are started meanwhile. Throws the
  /// exception of the task that failed first; the others have ended all the same. One coroutine at
  /// a time; the scope can be used again afterwards.
  [[nodiscard]] joining join() noexcept { return joining(*this); }

 private:
  class child;

  void fail(std::exception_ptr) noexcept;

  child* first_ = nullptr;
  std::size_t running_ = 0;
  std::exception_ptr failure_;
  std::coroutine_handle<> joining_;
};

}  // namespace shoal
