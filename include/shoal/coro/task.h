// task<T>: a coroutine that starts when it is awaited and belongs to whoever holds it.
//
// A parent runs its child inside its own await_suspend() and asks afterwards whether the child has
// finished already. If so it goes on without having been suspended, so a loop over children that
// finish at once needs no stack, whatever the compiler. The textbook way, symmetric transfer in
// both directions, needs tail calls: g++ makes none at -O0 or with sanitizers, and such a loop
// overflows. A child that finishes later does transfer to its parent; that is a step up a chain of
// the depth that the program wrote, not one of unbounded length.
//
// The price is a rule: a task is started, resumed and destroyed on one thread at a time. A child
// that is resumed elsewhere could finish while its parent is about to ask. away.h moves whole trees
// of tasks to other threads, between their awaits.
#pragma once

#include <cassert>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>
#include <variant>

#include "shoal/coro/away.h"
#include "shoal/coro/frame.h"

namespace shoal {

template <typename T = void>
class task;

/// Told that a started task has finished.
class completion {
 public:
  /// Called once, on the task's thread, when the task stands at its end and uses nothing of itself
  /// any more: it may be asked for its result, moved and destroyed in here.
  ///
  /// Returns   the coroutine to go on with, or std::noop_coroutine() for none. Returning it instead
  ///           of resuming it keeps the stack flat.
  virtual std::coroutine_handle<> finished() noexcept = 0;

 protected:
  ~completion() = default;
};

namespace detail {

template <typename T>
inline constexpr bool is_task = false;
template <typename T>
inline constexpr bool is_task<task<T>> = true;

/// What may be awaited on any thread says `using on_any_thread = void;`, and may ask to be told of
/// its root.
template <typename T>
concept on_any_thread = requires { typename std::remove_cvref_t<T>::on_any_thread; };
template <typename T>
concept wants_root = requires(T& awaited, task_root* root) { awaited.belongs_to(root); };

/// Awaits what stays where it is: g++ 12 would move what await_transform() returns by reference.
template <typename Awaited>
struct in_place {
  Awaited& awaited;
  bool await_ready() { return awaited.await_ready(); }
  template <typename Promise>
  auto await_suspend(std::coroutine_handle<Promise> self) {
    return awaited.await_suspend(self);
  }
  decltype(auto) await_resume() { return awaited.await_resume(); }
};

class promise_base {
 public:
  // If there is no memory for the frame, the call of the coroutine function throws bad_alloc, as
  // any function may that needs memory; the arguments are destroyed, nothing has run.
  static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { free_frame(frame, bytes); }

  struct tell_completion {
    bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) const noexcept {
      completion* const told = ended.promise().waiting;
      return told != nullptr ? told->finished() : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  tell_completion final_suspend() const noexcept { return {}; }

  template <typename Awaitable>
  decltype(auto) await_transform(Awaitable&& awaited) {
    if constexpr (wants_root<Awaitable>) awaited.belongs_to(root);
    if constexpr (is_task<std::remove_cvref_t<Awaitable>>) {
      return awaited.await_below(root);
    } else if constexpr (on_any_thread<Awaitable>) {
      return in_place<std::remove_reference_t<Awaitable>>{awaited};
    } else {
      return at_home<Awaitable>(std::forward<Awaitable>(awaited), root);
    }
  }

  /// nullptr until start() has returned: whoever starts a task that finishes at once sees it.
  completion* waiting = nullptr;

  /// What it is part of; nullptr: nothing that goes to other threads.
  task_root* root = nullptr;
};

template <typename T>
class task_promise final : public promise_base {
 public:
  std::coroutine_handle<task_promise> get_return_object() noexcept {
    return std::coroutine_handle<task_promise>::from_promise(*this);
  }
  void unhandled_exception() noexcept { result_.template emplace<2>(std::current_exception()); }

  template <std::convertible_to<T> U = T>
  void return_value(U&& value) {
    result_.template emplace<1>(std::forward<U>(value));
  }

  T take() {
    if (auto* failure = std::get_if<2>(&result_)) std::rethrow_exception(std::move(*failure));
    auto* value = std::get_if<1>(&result_);
    assert(value != nullptr);
    return static_cast<T>(std::move(*value));
  }

 private:
  using stored = std::conditional_t<std::is_reference_v<T>,
                                    std::reference_wrapper<std::remove_reference_t<T>>, T>;
  std::variant<std::monostate, stored, std::exception_ptr> result_;
};

template <>
class task_promise<void> final : public promise_base {
 public:
  std::coroutine_handle<task_promise> get_return_object() noexcept {
    return std::coroutine_handle<task_promise>::from_promise(*this);
  }
  void unhandled_exception() noexcept { failure_ = std::current_exception(); }
  void return_void() const noexcept {}

  void take() {
    if (failure_) std::rethrow_exception(std::move(failure_));
  }

 private:
  std::exception_ptr failure_;
};

}  // namespace detail

/// A coroutine that will give a T (an object, an lvalue reference or nothing), or throw.
///
/// Lazy: nothing of its body runs before it is awaited or started. Either happens once.
///
/// Errors    what its body throws comes out of co_await or take(). The call that makes the task
///           throws std::bad_alloc when there is no memory for the frame.
/// Threads   one at a time: where it is started, it is resumed and destroyed
/// Lifetime  parameters are copied or moved into the frame, references are kept as references:
///           what they name must outlive the task. A lambda's captures are not in the frame but in
///           the lambda. Destroying a task that is suspended destroys its frame and, with it, all
///           that it awaits; one that is running (on the stack below) must not be destroyed.
/// Cost      a frame from the thread's pool, about 5 ns to make, await and destroy (clang -O2)
template <typename T>
class [[nodiscard]] task final {
 public:
  using promise_type = detail::task_promise<T>;
  using value_type = T;

  /// No task.
  task() noexcept = default;
  task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}  // NOLINT: implicit
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~task() { reset(); }

  /// False for no task: made so, moved from, or reset.
  explicit operator bool() const noexcept { return frame_ != nullptr; }

  /// Whether its body has ended; take() may be called.
  [[nodiscard]] bool done() const noexcept { return frame_ && frame_.done(); }

  /// Runs the body until it first waits for something, without a coroutine around it.
  ///
  /// Returns   true: it has finished already, take() its result; `waiting` will not be told, so a
  ///           loop over many tasks stays a loop. false: `waiting` will be told.
  /// Lifetime  `waiting` outlives the task, or lives until told
  [[nodiscard]] bool start(completion& waiting, detail::task_root* root = nullptr) noexcept {
    assert(frame_ && !frame_.done() && frame_.promise().waiting == nullptr);
    const auto frame = frame_;
    frame.promise().root = root;
    frame.resume();
    if (frame.done()) return true;
    frame.promise().waiting = &waiting;
    return false;
  }

  /// The result of a task that is done, or its exception. Once.
  T take() {
    assert(done());
    return frame_.promise().take();
  }

  /// Destroys the frame.
  void reset() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

  class [[nodiscard]] awaiter final : private completion {
   public:
    explicit awaiter(task& child, detail::task_root* root = nullptr) noexcept
        : child_(child), root_(root) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> parent) noexcept {
      parent_ = parent;
      return !child_.start(*this, root_);
    }
    T await_resume() { return child_.take(); }

   private:
    std::coroutine_handle<> finished() noexcept override { return parent_; }

    task& child_;
    detail::task_root* root_;
    std::coroutine_handle<> parent_;
  };

  /// Starts it and waits for its end; moves the result out, also of a named task.
  awaiter operator co_await() noexcept { return awaiter(*this); }

  /// For a task that awaits it.
  [[nodiscard]] awaiter await_below(detail::task_root* root) noexcept {
    return awaiter(*this, root);
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

}  // namespace shoal
