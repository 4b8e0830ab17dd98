// Something to wait for that happens when the test says so, in the place of a loop.
#pragma once

#include <coroutine>
#include <utility>

namespace shoal::test {

/// co_await event; then set() resumes the one that waits. Each wait needs its own set().
class event final {
 public:
  event() noexcept = default;
  event(const event&) = delete;
  event& operator=(const event&) = delete;

  [[nodiscard]] bool awaited() const noexcept { return waiting_ != nullptr; }
  void set() { std::exchange(waiting_, nullptr).resume(); }

  class awaiter final {
   public:
    explicit awaiter(event& e) noexcept : event_(e) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    ~awaiter() { event_.waiting_ = nullptr; }  // a coroutine that is destroyed waits no more

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiting) noexcept { event_.waiting_ = waiting; }
    void await_resume() const noexcept {}

   private:
    event& event_;
  };
  awaiter operator co_await() noexcept { return awaiter(*this); }

 private:
  std::coroutine_handle<> waiting_;
};

}  // namespace shoal::test
