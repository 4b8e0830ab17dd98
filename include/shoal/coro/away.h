// Coroutines that run away from their loop: on a thread that computes, while the loop serves
// others.
//
// A handler that computes for long is resumed on another thread, for one *stretch*: until it ends
// or comes to an await. What it awaits belongs to its loop, so every await of a task<> is looked at
// on its way in (task_promise::await_transform): away from the loop the coroutine only stops, the
// stretch ends, and the await happens when it has come home. Who knows nothing of other threads
// (timers, sockets, awaitables of the program's own) is thus never reached from one.
//
// Afterwards the coroutine goes away again, if what it awaited is known to leave nothing of the
// loop in its hands (`comes_back`), or stays at home for the rest of its life.
#pragma once

#include <chrono>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <type_traits>
#include <utility>

#include "shoal/coro/frame.h"

namespace shoal::detail {

/// Something of a task's that is on another thread, as its home sees it.
class job_out {
 public:
  /// Nobody waits for it any more: it need not begin.
  virtual void give_up() noexcept = 0;

 protected:
  ~job_out() = default;

 private:
  friend class task_root;
  job_out* next_ = nullptr;
  job_out** link_ = nullptr;
};

/// What all tasks that await each other, from a handler down, have in common.
///
/// Threads   its loop's; `stays_home` is the stretch's, while there is one
class task_root {
 public:
  /// Goes on with `next` on another thread, or later in the loop's turn if that is not possible.
  /// Once this is called, `next` and all that it holds may be in use there, or gone.
  virtual void go_away(std::coroutine_handle<> next) noexcept = 0;

  // Only if `watched`: its task waits for something at home, and has got it.
  virtual void paused() noexcept = 0;
  virtual void resumed() noexcept = 0;

  /// At home: a function of its task's is about to leave for another thread, where it may ask for
  /// what the task may ask for. Throws std::bad_alloc.
  virtual void function_leaves() = 0;

  /// Away: its task is about to use what belongs to its loop. Returns when the loop stands still
  /// until the stretch is over. Throws std::logic_error where that is not wanted.
  virtual void need_home() = 0;

  /// Its last job is home, and nobody waits for its task any more: its frames may go.
  virtual void all_home() noexcept = 0;

  void job_leaves(job_out& which) noexcept {
    which.next_ = first_out_;
    which.link_ = &first_out_;
    if (first_out_ != nullptr) first_out_->link_ = &which.next_;
    first_out_ = &which;
  }
  void job_came_home(job_out& which) noexcept {
    *which.link_ = which.next_;
    if (which.next_ != nullptr) which.next_->link_ = which.link_;
  }
  /// While any is, no frame of its tasks must be destroyed.
  [[nodiscard]] bool has_jobs_out() const noexcept { return first_out_ != nullptr; }

  /// Nobody waits for its task any more.
  void abandon() noexcept {
    abandoned = true;
    for (job_out* each = first_out_; each != nullptr; each = each->next_) each->give_up();
  }
  /// The threads that its jobs were for have ended.
  void forget_jobs() noexcept { first_out_ = nullptr; }

  bool abandoned = false;   ///< nobody waits for its task
  bool watched = false;     ///< the time between its awaits is measured
  bool stays_home = false;  ///< it does not go away (again)

 protected:
  ~task_root() = default;

 private:
  job_out* first_out_ = nullptr;
};

class stretch;

/// A coroutine that has stopped at an await, away from its loop. Leaves by itself.
class homecoming {
 public:
  homecoming(const homecoming&) = delete;
  homecoming& operator=(const homecoming&) = delete;

  void (*arrive)(homecoming&) noexcept = nullptr;  ///< on the loop: awaits what it wanted to
  task_root* of = nullptr;                         ///< nullptr: of a task that nobody awaits

 protected:
  homecoming() noexcept = default;
  ~homecoming() { unlink(); }

 private:
  friend class stretch;
  void unlink() noexcept {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }

  homecoming* next_ = nullptr;
  homecoming** link_ = nullptr;
};

/// One run of a task away from its loop. It and what it runs belong to one thread at a time.
class stretch {
 public:
  explicit stretch(task_root& root) noexcept : root_(root) {}
  stretch(const stretch&) = delete;
  stretch& operator=(const stretch&) = delete;
  ~stretch() {
    while (first_ != nullptr) first_->unlink();
  }

  /// That of this thread, or nullptr: code runs on its loop.
  [[nodiscard]] static stretch* current() noexcept { return here; }

  [[nodiscard]] task_root& root() const noexcept { return root_; }

  /// Where it is not the root's own chain of awaits that stops (a task in a scope, or somebody else
  /// whom the root has resumed), it is not known here what becomes of it, so the root stays at home
  /// from now on.
  void goes_home(homecoming& who, bool comes_back) noexcept {
    if (who.of != &root_ || !comes_back) root_.stays_home = true;
    homecoming** last = &first_;
    while (*last != nullptr) last = &(*last)->next_;
    who.next_ = nullptr;
    who.link_ = last;
    *last = &who;
  }

  /// On the loop, when the stretch is over. `abandoned`: the root's own do not go on.
  void arrive(bool abandoned) noexcept {
    while (homecoming* const who = first_) {
      who->unlink();
      if (!abandoned || who->of != &root_) who->arrive(*who);
    }
  }

  [[nodiscard]] std::chrono::steady_clock::time_point began() const noexcept { return began_; }

  /// Its thread is for calls that sleep, and there are others for what computes.
  void set_computes_elsewhere(bool does) noexcept { computes_elsewhere_ = does; }
  [[nodiscard]] bool computes_elsewhere() const noexcept { return computes_elsewhere_; }

  /// While one stands, this thread is away.
  class passage final {
   public:
    explicit passage(stretch& begun) noexcept {
      begun.began_ = std::chrono::steady_clock::now();
      here = &begun;
    }
    passage(const passage&) = delete;
    passage& operator=(const passage&) = delete;
    ~passage() { here = nullptr; }
  };

 private:
  static constinit inline thread_local stretch* here = nullptr;

  task_root& root_;
  homecoming* first_ = nullptr;
  std::chrono::steady_clock::time_point began_;
  bool computes_elsewhere_ = false;
};

/// co_await it where a coroutine of ours needs its loop from here on.
struct at_home_now {
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  void await_resume() const noexcept {}
};

/// Takes a coroutine away again when what it awaited resumes it at home. Its owner destroys it.
class way_back final {
 public:
  struct promise_type {
    static void* operator new(std::size_t bytes) { return allocate_frame(bytes); }
    static void operator delete(void* frame, std::size_t bytes) noexcept {
      free_frame(frame, bytes);
    }
    way_back get_return_object() noexcept {
      return way_back(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }  // nothing in it throws
  };

  way_back() noexcept = default;
  way_back(const way_back&) = delete;
  way_back& operator=(way_back&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~way_back() {
    if (frame_) frame_.destroy();
  }

  /// Throws std::bad_alloc.
  [[nodiscard]] static way_back of(task_root& root, std::coroutine_handle<> next) {
    co_await departure{root, next};
  }
  [[nodiscard]] std::coroutine_handle<> frame() const noexcept { return frame_; }

 private:
  /// Suspended before it departs: `next`, which owns this frame, may end it at once.
  struct departure {
    task_root& root;
    std::coroutine_handle<> next;
    bool await_ready() const noexcept { return false; }
    [[gnu::noinline]] void await_suspend(std::coroutine_handle<>) const noexcept {
      root.go_away(next);
    }
    void await_resume() const noexcept {}
  };

  explicit way_back(std::coroutine_handle<> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<> frame_;
};

template <typename Awaitable>
decltype(auto) awaiter_of(Awaitable&& awaited) {
  if constexpr (requires { std::forward<Awaitable>(awaited).operator co_await(); }) {
    return std::forward<Awaitable>(awaited).operator co_await();
  } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaited)); }) {
    return operator co_await(std::forward<Awaitable>(awaited));
  } else {
    return std::forward<Awaitable>(awaited);
  }
}

/// An await that its coroutine has to be at home for. At home it adds two tests to what is awaited.
template <typename Awaitable>
class at_home final : private homecoming {
  using awaiter = decltype(awaiter_of(std::declval<Awaitable>()));
  using plain_awaiter = std::remove_cvref_t<awaiter>;
  // Says `using comes_back = void;`: once it is over, its coroutine holds nothing of the loop's.
  static constexpr bool comes_back = requires { typename plain_awaiter::comes_back; };

 public:
  at_home(Awaitable&& awaited, task_root* root)
      : awaiter_(awaiter_of(std::forward<Awaitable>(awaited))), root_(root) {}

  void set_root(task_root* root) noexcept { root_ = root; }

  bool await_ready() {
    if (stretch::current() != nullptr) [[unlikely]]
      return false;
    return static_cast<bool>(awaiter_.await_ready());
  }

  template <typename Promise>
  auto await_suspend(std::coroutine_handle<Promise> self) {
    using result = decltype(awaiter_.await_suspend(self));
    if (stretch* const away = stretch::current(); away != nullptr) [[unlikely]] {
      self_ = self;
      of = root_;
      arrive = &arrive_as<Promise>;
      away->goes_home(*this, comes_back);
      if constexpr (std::same_as<result, bool>)
        return true;
      else if constexpr (!std::is_void_v<result>)
        return result(std::noop_coroutine());
      else
        return;
    }
    pause();
    return awaiter_.await_suspend(self);
  }

  decltype(auto) await_resume() {
    if (root_ != nullptr && root_->watched) [[unlikely]]
      root_->resumed();
    if (failure_) [[unlikely]]
      std::rethrow_exception(std::exchange(failure_, nullptr));
    return awaiter_.await_resume();
  }

 private:
  void pause() noexcept {
    if (root_ != nullptr && root_->watched) [[unlikely]]
      root_->paused();
  }
  [[nodiscard]] bool goes_back() const noexcept {
    return comes_back && root_ != nullptr && !root_->stays_home;
  }
  void go_on() noexcept { goes_back() ? root_->go_away(self_) : self_.resume(); }

  template <typename Promise>
  static void arrive_as(homecoming& arrived) noexcept {
    auto& self = static_cast<at_home&>(arrived);
    try {
      if (self.awaiter_.await_ready()) return self.go_on();
      self.template wait<Promise>();
    } catch (...) {
      self.failure_ = std::current_exception();
      self.go_on();
    }
  }

  /// What is awaited may resume, and end, this one before its await_suspend() returns.
  template <typename Promise>
  void wait() {
    if constexpr (comes_back) {
      if (goes_back()) {
        back_ = way_back::of(*root_, self_);
        return suspend(back_.frame());
      }
    }
    suspend(std::coroutine_handle<Promise>::from_address(self_.address()));
  }

  template <typename Handle>
  void suspend(Handle resumed) {
    using result = decltype(awaiter_.await_suspend(resumed));
    if constexpr (std::is_void_v<result>) {
      awaiter_.await_suspend(resumed);
    } else if constexpr (std::same_as<result, bool>) {
      if (!awaiter_.await_suspend(resumed)) go_on();
    } else {
      awaiter_.await_suspend(resumed).resume();
    }
  }

  awaiter awaiter_;
  task_root* root_;
  std::coroutine_handle<> self_;
  std::exception_ptr failure_;
  way_back back_;
};

}  // namespace shoal::detail
