// when_all: several tasks at once, in one coroutine and on one thread; all of them end before it
// does, whether they give a value or throw.
#pragma once

#include <coroutine>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shoal/coro/task.h"

namespace shoal {
namespace detail {

/// Counts tasks down. The one that starts them holds a place itself, so that a task which ends
/// another one while the rest are being started does not end the wait.
class countdown final : public completion {
 public:
  void begin(std::coroutine_handle<> parent) noexcept { parent_ = parent; }
  template <typename T>
  void start(task<T>& child, task_root* root) noexcept {
    if (!child.start(*this, root)) ++running_;
  }
  /// True when nothing is left to wait for.
  [[nodiscard]] bool end() noexcept { return --running_ == 0; }

 private:
  std::coroutine_handle<> finished() noexcept override {
    return end() ? parent_ : std::noop_coroutine();
  }

  std::coroutine_handle<> parent_;
  std::size_t running_ = 1;
};

template <typename T>
using value_of = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <typename T>
value_of<T> take_value(task<T>& child) {
  if constexpr (std::is_void_v<T>) {
    child.take();
    return {};
  } else {
    return child.take();
  }
}

template <typename... Ts>
class [[nodiscard]] when_all_awaiter final {
 public:
  explicit when_all_awaiter(task<Ts>&&... tasks) noexcept : tasks_(std::move(tasks)...) {}
  when_all_awaiter(const when_all_awaiter&) = delete;
  when_all_awaiter& operator=(const when_all_awaiter&) = delete;

  void belongs_to(task_root* root) noexcept { root_ = root; }
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) noexcept {
    countdown_.begin(parent);
    std::apply([this](auto&... tasks) { (countdown_.start(tasks, root_), ...); }, tasks_);
    return !countdown_.end();
  }
  std::tuple<value_of<Ts>...> await_resume() {
    return std::apply(
        [](auto&... tasks) { return std::tuple<value_of<Ts>...>{take_value(tasks)...}; }, tasks_);
  }

 private:
  task_root* root_ = nullptr;
  countdown countdown_;
  std::tuple<task<Ts>...> tasks_;  // ends first: a child may not outlive what it tells
};

template <typename T>
class [[nodiscard]] when_all_vector_awaiter final {
 public:
  explicit when_all_vector_awaiter(std::vector<task<T>>&& tasks) noexcept
      : tasks_(std::move(tasks)) {}
  when_all_vector_awaiter(const when_all_vector_awaiter&) = delete;
  when_all_vector_awaiter& operator=(const when_all_vector_awaiter&) = delete;

  void belongs_to(task_root* root) noexcept { root_ = root; }
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> parent) noexcept {
    countdown_.begin(parent);
    for (auto& each : tasks_) countdown_.start(each, root_);
    return !countdown_.end();
  }
  std::vector<value_of<T>> await_resume() {
    std::vector<value_of<T>> values;
    values.reserve(tasks_.size());
    for (auto& each : tasks_) values.push_back(take_value(each));
    return values;
  }

 private:
  task_root* root_ = nullptr;
  countdown countdown_;
  std::vector<task<T>> tasks_;
};

}  // namespace detail

/// co_await when_all(a(), b()): starts them in order and waits until all have ended. Gives a tuple
/// of their values, std::monostate for void.
///
/// Errors    the exception of the first task in order that threw; later ones are dropped
/// Lifetime  destroying the waiting coroutine destroys them all
/// Cost      no allocation of its own
template <typename... Ts>
[[nodiscard]] detail::when_all_awaiter<Ts...> when_all(task<Ts>... tasks) noexcept {
  return detail::when_all_awaiter<Ts...>(std::move(tasks)...);
}

/// The same for any number of tasks of one type. Gives their values in order.
template <typename T>
[[nodiscard]] detail::when_all_vector_awaiter<T> when_all(std::vector<task<T>> tasks) noexcept {
  return detail::when_all_vector_awaiter<T>(std::move(tasks));
}

}  // namespace shoal
