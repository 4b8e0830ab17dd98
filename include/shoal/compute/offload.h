// Functions that run on other threads while their caller waits:
//
//   auto thumbnail = co_await shoal::offload([&] { return scale(image, 128); });
//   auto rows = co_await shoal::blocking([&] { return database.query("SELECT ..."); });
#pragma once

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "shoal/coro/away.h"

namespace shoal {

/// Thrown where others wait for other threads already, too many or for too long. A handler that
/// lets it pass answers 503.
class overloaded : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace detail {

enum class threads { compute, blocking };

/// A function's call on its way to another thread and back. It outlives the coroutine that waits
/// for it, if that ends first.
class away_call {
 public:
  away_call() noexcept;
  away_call(const away_call&) = delete;
  away_call& operator=(const away_call&) = delete;

  /// Whether there are such threads, and this is not one of them.
  [[nodiscard]] static bool needed(threads where) noexcept;

  /// Throws overloaded, and has not been called.
  void send(threads where, task_root* root, std::coroutine_handle<> waiting);
  /// Nobody waits any more. It ends itself, once it is home.
  void forget() noexcept;
  /// Whether it was called, and not only carried around: else it throws overloaded.
  void check() const;
  [[nodiscard]] bool is_out() const noexcept { return waiting_ != nullptr; }

  virtual void call() noexcept = 0;

 protected:
  virtual ~away_call();

  /// What such calls have taken lately; one for all of a kind.
  virtual std::atomic<std::uint32_t>& usual_us() noexcept = 0;

 private:
  friend class away_call_job;
  void came_home() noexcept;
  void learn() noexcept;

  static constexpr std::size_t job_bytes = 144;

  alignas(void*) std::byte job_[job_bytes];  // offload.cc says of what type
  task_root* root_ = nullptr;
  std::coroutine_handle<> waiting_;
  threads where_ = threads::compute;
  bool called_ = true;
  bool forgotten_ = false;
};

template <typename F, typename... Args>
class call_of final : public away_call {
  using returned = std::invoke_result_t<F, Args...>;
  using stored = std::conditional_t<std::is_void_v<returned>, std::monostate, returned>;
  static_assert(!std::is_reference_v<returned>,
                "a function that runs on another thread returns a value, no reference");

 public:
  template <typename G, typename... Given>
  explicit call_of(G&& f, Given&&... args)
      : f_(std::forward<G>(f)), args_(std::forward<Given>(args)...) {}
  ~call_of() override = default;

  void call() noexcept override {
    try {
      if constexpr (std::is_void_v<returned>) {
        std::apply(std::move(f_), std::move(args_));
        result_.template emplace<1>();
      } else {
        result_.template emplace<1>(std::apply(std::move(f_), std::move(args_)));
      }
    } catch (...) {
      result_.template emplace<2>(std::current_exception());
    }
  }

  returned take() {
    check();
    if (auto* failure = std::get_if<2>(&result_)) std::rethrow_exception(std::move(*failure));
    if constexpr (!std::is_void_v<returned>) return std::move(std::get<1>(result_));
  }

 private:
  std::atomic<std::uint32_t>& usual_us() noexcept override {
    static constinit std::atomic<std::uint32_t> usual{0};
    return usual;
  }

  F f_;
  std::tuple<Args...> args_;
  std::variant<std::monostate, stored, std::exception_ptr> result_;
};

/// What `co_await offload(...)` waits with.
template <threads Where, typename Call>
class [[nodiscard]] calling_away final {
 public:
  using comes_back = void;  // away.h

  explicit calling_away(std::unique_ptr<Call> what) noexcept : what_(std::move(what)) {}
  calling_away(const calling_away&) = delete;
  calling_away& operator=(const calling_away&) = delete;
  ~calling_away() {
    if (what_ != nullptr && what_->is_out()) what_.release()->forget();
  }

  void belongs_to(task_root* root) noexcept { root_ = root; }
  [[nodiscard]] bool await_ready() {
    if (away_call::needed(Where)) return false;
    what_->call();
    return true;
  }
  void await_suspend(std::coroutine_handle<> waiting) { what_->send(Where, root_, waiting); }
  auto await_resume() { return what_->take(); }

 private:
  std::unique_ptr<Call> what_;
  task_root* root_ = nullptr;
};

/// On the compute pool already, it is called there. Whoever is on a thread for calls that sleep
/// goes home first, and from there.
template <typename Call>
class [[nodiscard]] computing final {
 public:
  using on_any_thread = void;  // away.h

  explicit computing(std::unique_ptr<Call> what) noexcept : inner_(std::move(what)) {}

  void belongs_to(task_root* root) noexcept {
    inner_.belongs_to(root);
    wait_.set_root(root);
  }
  [[nodiscard]] bool await_ready() { return !(waits_ = !inner_.await_ready()); }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> self) {
    wait_.await_suspend(self);
  }
  auto await_resume() { return waits_ ? wait_.await_resume() : inner_.await_resume(); }

 private:
  using call = calling_away<threads::compute, Call>;

  call inner_;
  at_home<call&> wait_{inner_, nullptr};
  bool waits_ = false;
};

template <typename F, typename... Args>
using call_for = call_of<std::decay_t<F>, std::decay_t<Args>...>;

}  // namespace detail

/// co_await it: calls f(args...) on the node process's compute pool and gives what it returns. The
/// function and its arguments are moved or copied along. On that pool already, or where there is
/// none, it is called in place.
///
/// Errors    what f throws; overloaded where the queue is full, or would be waited in for more than
///           ten seconds
/// Threads   a worker's. f may refer to what its handler holds: the handler is not destroyed before
///           f has returned, even if the client has gone, and its context says whose request it is
///           (request_id(), remote_address()). That is not so for a task in a scope: what such a
///           one hands over should be its own
/// Cost      one allocation, some microseconds to go and come
template <typename F, typename... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] auto offload(F&& f, Args&&... args) {
  using call = detail::call_for<F, Args...>;
  return detail::computing<call>(
      std::make_unique<call>(std::forward<F>(f), std::forward<Args>(args)...));
}

/// The same for what sleeps instead of computing: files, old clients of databases. A pool of its
/// own, which grows to options.blocking_threads.
template <typename F, typename... Args>
  requires std::invocable<std::decay_t<F>, std::decay_t<Args>...>
[[nodiscard]] auto blocking(F&& f, Args&&... args) {
  using call = detail::call_for<F, Args...>;
  return detail::calling_away<detail::threads::blocking, call>(
      std::make_unique<call>(std::forward<F>(f), std::forward<Args>(args)...));
}

}  // namespace shoal
