#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "shoal/coro/away.h"
#include "shoal/coro/task.h"
#include "shoal/http/ask.h"
#include "shoal/http/message.h"
#include "shoal/http/type_key.h"

namespace shoal {

namespace http {
using kept_values = std::vector<std::pair<const void*, std::shared_ptr<void>>>;

/// What handlers of a library keep on this thread, which is no worker's.
[[nodiscard]] kept_values& kept_by_thread() noexcept;
}  // namespace http

/// What a worker knows about itself. `cpu` is -1 where it is not pinned.
struct worker_facts {
  unsigned id = 0;                   ///< unique in the cluster; survives restarts of its process
  unsigned node = 0;                 ///< which node process, counted from 0
  int cpu = -1;                      ///< the core it is pinned to
  unsigned generation = 0;           ///< how often its node process has been replaced
  std::string_view driver = "none";  ///< "uring", "epoll" or "sim"
};

/// One worker thread: its facts, and the state that its handlers share without locks.
///
/// Threads   its own; a handler, its timers and its awaits all run there
/// Lifetime  longer than every request it serves
class worker final {
 public:
  explicit worker(const worker_facts& facts) noexcept : facts_(facts) {}
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  [[nodiscard]] unsigned id() const noexcept { return facts_.id; }
  [[nodiscard]] unsigned node() const noexcept { return facts_.node; }
  [[nodiscard]] int cpu() const noexcept { return facts_.cpu; }
  [[nodiscard]] unsigned generation() const noexcept { return facts_.generation; }
  [[nodiscard]] std::string_view driver() const noexcept { return facts_.driver; }

  /// The T that app.state<T>() made for this worker. Throws std::logic_error if there is none, or
  /// if the handler's route says run::offload: on another thread nobody may touch it. Cost: a walk
  /// over the registered states.
  template <typename T>
  [[nodiscard]] T& state() const {
    if (auto* const away = detail::stretch::current()) away->root().need_home();
    touched_ = true;
    for (const auto& [key, value] : states_) {
      if (key == http::type_key<T>()) return *static_cast<T*>(value.get());
    }
    throw std::logic_error("shoal: no state of this type; register it with app.state<T>()");
  }

  /// This thread's own T, made when it is first asked for: what handlers of a library keep between
  /// requests without a word from the app. The worker's, or that of the thread of the compute pool
  /// that the handler runs on: a reference does not outlast the next co_await. Cost: a walk over
  /// the states.
  template <typename T>
  [[nodiscard]] T& local() {
    auto& kept = detail::stretch::current() == nullptr ? states_ : http::kept_by_thread();
    for (const auto& [key, value] : kept) {
      if (key == http::type_key<T>()) return *static_cast<T*>(value.get());
    }
    kept.emplace_back(http::type_key<T>(), std::make_shared<T>());
    return *static_cast<T*>(kept.back().second.get());
  }

  // Messages (docs/messages.md): what app.on_message<T>() is called with, on another worker's
  // thread or later on this one. From any thread that serves this worker's requests. They throw
  // std::logic_error for a T that has no on_message(), or where there is no cluster around.

  /// How many workers the cluster has; their numbers are 0 .. workers() - 1.
  [[nodiscard]] unsigned workers() const { return outbox().workers(); }

  /// To worker `to`, which may be this one, or to the_supervisor. False: its queue is full and it
  /// does not get this; try again later. Throws std::out_of_range if there is no such worker. Cost:
  /// a copy, three locked instructions; a system call if it has to be woken.
  template <message T>
  [[nodiscard]] bool send(unsigned to, const T& what) {
    return http::send_by(outbox(), to, what);
  }

  /// Likewise, with a duplicate of the file descriptor `fd`, for a T whose handler takes one. False
  /// also where as many are on their way as the kernel allows. Throws std::system_error if `fd` is
  /// not open. Cost: two system calls more, and one of the receiver's.
  template <message T>
  [[nodiscard]] bool send(unsigned to, const T& what, int fd) {
    return http::send_by(outbox(), to, what, fd);
  }

  /// To all workers, this one too. How many do not get it, since their queues are full.
  template <message T>
  [[nodiscard]] unsigned broadcast(const T& what) {
    return http::send_to_all_by(outbox(), what);
  }

  /// Sends `question` to worker `to` and waits for the answer of its on_ask<Q>(), or to
  /// the_supervisor and of on_supervisor_ask<Q>(). Nothing: there
  /// was no room for it, or no answer within `patience`, or none of type A; it may have been heard
  /// all the same. In a process that is being left nobody hears answers any more. Where it is
  /// called, as for state<T>(). Throws as send() does. Cost: two messages and a timer.
  template <message A, message Q>
  [[nodiscard]] task<std::optional<A>> ask(unsigned to, Q question,
                                           std::chrono::milliseconds patience) {
    std::optional<A> answer;
    const http::answer_place place{http::type_key<A>(), &answer, &http::put_answer<A>};
    http::open_question open(*this, patience, place);
    const http::asked<Q> asking{open.number(), std::move(question)};
    if (!send(to, asking)) co_return std::nullopt;
    if (!co_await open) co_return std::nullopt;
    co_return answer;
  }

  /// For cluster and tests: takes what is sent. nullptr: nobody does any more.
  void use(http::outbox* outbox) noexcept { outbox_ = outbox; }

  /// For app and tests: gives this worker a T, before it serves.
  template <typename T>
  void adopt(std::shared_ptr<T> value) {
    states_.emplace_back(http::type_key<T>(), std::move(value));
  }

  /// For the server: whether a handler has asked for a state since the last call.
  [[nodiscard]] bool take_touched() const noexcept { return std::exchange(touched_, false); }

 private:
  [[nodiscard]] http::outbox& outbox() const {
    if (outbox_ != nullptr) return *outbox_;
    throw std::logic_error("shoal: no messages here: the app has no on_message(), or no cluster");
  }

  worker_facts facts_;
  http::kept_values states_;
  http::outbox* outbox_ = nullptr;
  mutable bool touched_ = false;
};

}  // namespace shoal
