#include "io/loop.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "shoal/io/sleep.h"

namespace shoal::io {
namespace {

using std::chrono::milliseconds;

/// A driver without operations whose clock jumps to what wait() is asked for. With no deadline it
/// waits for wake().
class idle_driver final : public driver {
 public:
  std::string_view name() const noexcept override { return "idle"; }
  int fresh_socket(int) noexcept override { return -1; }
  int listen(socket_address&, int) noexcept override { return -1; }
  void start(accept_op&) noexcept override {}
  void start(receive_op&) noexcept override {}
  void start(send_op&) noexcept override {}
  void start(connect_op&) noexcept override {}
  void start(send_file_op&) noexcept override {}
  void cancel(operation&) noexcept override {}
  void shutdown_send(int) noexcept override {}
  void close(int) noexcept override {}
  void release(int) noexcept override {}
  void wait(monotonic_time until) noexcept override {
    ++counters_.waits;
    last_until = until;
    std::unique_lock lock(mutex_);
    if (until == never) woken_.wait(lock, [this] { return wake_; });
    if (!std::exchange(wake_, false)) now_ = std::max(now_, until);
  }
  void deliver() noexcept override {
    if (on_deliver) on_deliver();
  }
  void wake() const noexcept override {
    const std::lock_guard lock(mutex_);
    wake_ = true;
    ++wakes_;
    woken_.notify_one();
  }
  monotonic_time now() const noexcept override { return now_; }
  socket_facts facts(int) const noexcept override { return {}; }
  const driver_counters& counters() const noexcept override { return counters_; }

  [[nodiscard]] int wakes() const {
    const std::lock_guard lock(mutex_);
    return wakes_;
  }

  monotonic_time last_until{};
  std::function<void()> on_deliver;

 private:
  driver_counters counters_;
  monotonic_time now_{std::chrono::seconds{1}};
  mutable std::mutex mutex_;
  mutable std::condition_variable woken_;
  mutable bool wake_ = false;
  mutable int wakes_ = 0;
};

struct task final : runnable {
  explicit task(std::function<void()> f) : action(std::move(f)) {}
  void run() noexcept override { action(); }
  std::function<void()> action;
};

struct note final : message {
  explicit note(std::function<void()> f) : action(std::move(f)) {}
  void deliver() noexcept override { action(); }
  std::function<void()> action;
};

struct alarm final : timer {
  explicit alarm(std::function<void()> f) : action(std::move(f)) {}
  void expired() noexcept override { action(); }
  std::function<void()> action;
};

struct log_observer final : turn_observer {
  explicit log_observer(std::vector<std::string>& l) : log(l) {}
  void turn_began(monotonic_time) noexcept override { log.emplace_back("began"); }
  void turn_ended() noexcept override { log.emplace_back("ended"); }
  std::vector<std::string>& log;
};

class loop_test : public testing::Test {
 protected:
  idle_driver driver_;
  loop loop_{driver_};
  std::vector<std::string> log_;
};

TEST_F(loop_test, ATurnGoesFromOutcomesOverTimersAndTasksToMessages) {
  log_observer observer(log_);
  loop_.observe(&observer);
  driver_.on_deliver = [&] { log_.emplace_back("outcome"); };
  alarm a([&] { log_.emplace_back("timer"); });
  task t([&] { log_.emplace_back("task"); });
  note n([&] { log_.emplace_back("message"); });
  loop_.post(n);
  loop_.defer(t);
  loop_.start(a, loop_.now());
  loop_.run_turn();
  EXPECT_EQ(log_,
            (std::vector<std::string>{"began", "outcome", "timer", "task", "message", "ended"}));
}

TEST_F(loop_test, WaitsUntilTheNextTimer) {
  alarm a([&] { log_.emplace_back("timer"); });
  const monotonic_time deadline = loop_.now() + milliseconds{20};
  loop_.start(a, deadline);
  loop_.run_turn();
  EXPECT_EQ(driver_.last_until, deadline);
  EXPECT_EQ(log_.size(), 1U);
}

TEST_F(loop_test, WaitsNoLongerThanItIsTold) {
  const monotonic_time until = loop_.now() + milliseconds{3};
  loop_.run_turn(until);
  EXPECT_EQ(driver_.last_until, until);
}

TEST_F(loop_test, DeferredTasksRunFirstInFirstOut) {
  task first([&] { log_.emplace_back("1"); });
  task second([&] { log_.emplace_back("2"); });
  loop_.defer(first);
  loop_.defer(second);
  loop_.run_turn();
  EXPECT_EQ(log_, (std::vector<std::string>{"1", "2"}));
}

TEST_F(loop_test, ATaskThatDefersItselfRunsOnceATurnAndTheDriverIsPolled) {
  int runs = 0;
  task t([&] {
    ++runs;
    loop_.defer(t);
  });
  loop_.defer(t);
  for (int turn = 1; turn <= 3; ++turn) {
    loop_.run_turn();
    EXPECT_EQ(runs, turn);
    EXPECT_LT(driver_.last_until, loop_.now());
  }
  EXPECT_EQ(driver_.counters().waits, 3U);
  t.unlink();
}

TEST_F(loop_test, ATaskThatIsTakenBackDoesNotRun) {
  task second([&] { log_.emplace_back("second"); });
  task first([&] { second.unlink(); });
  loop_.defer(first);
  loop_.defer(second);
  loop_.run_turn();
  EXPECT_TRUE(log_.empty());
}

TEST_F(loop_test, MessagesArriveInTheOrderOfTheirSenderAndWakeOnce) {
  std::vector<int> order;
  std::vector<std::unique_ptr<note>> notes;
  for (int i = 0; i < 10; ++i) {
    notes.push_back(std::make_unique<note>([&order, i] { order.push_back(i); }));
    loop_.post(*notes.back());
  }
  EXPECT_EQ(driver_.wakes(), 1);
  loop_.run_turn();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(loop_test, AMessageThatPostsIsFollowedInTheNextTurn) {
  note second([&] { log_.emplace_back("second"); });
  note first([&] { loop_.post(second); });
  loop_.post(first);
  loop_.run_turn();
  EXPECT_TRUE(log_.empty());
  loop_.run_turn();  // would hang if the inner post had not woken the loop
  EXPECT_EQ(log_.size(), 1U);
}

TEST_F(loop_test, AMessageMayEndInItsDelivery) {
  auto owned = std::make_unique<note>([] {});
  note* const message = owned.release();
  message->action = [&, message] {
    log_.emplace_back("delivered");
    const std::unique_ptr<note> end(message);
  };
  note after([&] { log_.emplace_back("after"); });
  loop_.post(*message);
  loop_.post(after);
  loop_.run_turn();
  EXPECT_EQ(log_, (std::vector<std::string>{"delivered", "after"}));
}

TEST_F(loop_test, MessagesFromManyThreadsAllArriveInOrder) {
  constexpr int senders = 4;
  constexpr int each = 2'000;
  struct numbered final : message {
    void deliver() noexcept override {
      if ((*last)[sender] + 1 == number) (*last)[sender] = number;
      if (++*arrived == senders * each) target->stop();
    }
    std::vector<int>* last = nullptr;
    int* arrived = nullptr;
    loop* target = nullptr;
    int sender = 0;
    int number = 0;
  };
  std::vector<int> last(senders, 0);
  int arrived = 0;
  std::vector<numbered> messages(senders * each);
  std::vector<std::thread> threads;
  for (int s = 0; s < senders; ++s) {
    threads.emplace_back([&, s] {
      for (int i = 0; i < each; ++i) {
        numbered& m = messages[s * each + i];
        m.last = &last;
        m.arrived = &arrived;
        m.target = &loop_;
        m.sender = s;
        m.number = i + 1;
        loop_.post(m);
      }
    });
  }
  loop_.run();
  for (auto& t : threads) t.join();
  EXPECT_EQ(last, std::vector<int>(senders, each));
}

TEST_F(loop_test, StopFromAnotherThreadEndsASleepingLoop) {
  std::thread other([&] { loop_.stop(); });
  loop_.run();
  other.join();
}

TEST_F(loop_test, StopInTheMiddleOfATurnLetsTheTurnEnd) {
  task second([&] { log_.emplace_back("second"); });
  task first([&] { loop_.stop(); });
  loop_.defer(first);
  loop_.defer(second);
  loop_.run();
  EXPECT_EQ(log_.size(), 1U);
  EXPECT_EQ(driver_.counters().waits, 1U);
}

TEST_F(loop_test, AStoppedLoopCanRunAgain) {
  loop_.stop();
  loop_.run();
  EXPECT_EQ(driver_.counters().waits, 0U);
  task t([&] { loop_.stop(); });
  loop_.defer(t);
  loop_.run();
  EXPECT_EQ(driver_.counters().waits, 1U);
}

TEST_F(loop_test, CurrentIsTheLoopOfTheInnermostTurn) {
  idle_driver inner_driver;
  loop inner(inner_driver);
  std::vector<loop*> seen;
  task in_inner([&] { seen.push_back(loop::current()); });
  task in_outer([&] {
    inner.defer(in_inner);
    inner.run_turn();
    seen.push_back(loop::current());
  });
  loop_.defer(in_outer);
  EXPECT_EQ(loop::current(), nullptr);
  loop_.run_turn();
  EXPECT_EQ(seen, (std::vector<loop*>{&inner, &loop_}));
  EXPECT_EQ(loop::current(), nullptr);
}

/// The smallest coroutine: starts at once, is destroyed by its owner.
struct coroutine {
  struct promise_type {
    coroutine get_return_object() {
      return coroutine(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  explicit coroutine(std::coroutine_handle<promise_type> h) : handle(h) {}
  coroutine(coroutine&& other) noexcept : handle(std::exchange(other.handle, nullptr)) {}
  ~coroutine() {
    if (handle) handle.destroy();
  }
  std::coroutine_handle<promise_type> handle;
};

coroutine sleeper(std::vector<std::string>& log, nanoseconds first, nanoseconds second) {
  co_await shoal::sleep(first);
  log.emplace_back("first");
  co_await shoal::sleep(second);
  log.emplace_back("second");
}

TEST_F(loop_test, ACoroutineSleepsAsLongAsItAsks) {
  std::vector<coroutine> frames;
  const monotonic_time began = loop_.now();
  task t([&] { frames.push_back(sleeper(log_, milliseconds{5}, milliseconds{70})); });
  loop_.defer(t);
  while (log_.empty()) loop_.run_turn();
  EXPECT_EQ(loop_.now() - began, milliseconds{5});
  while (log_.size() < 2) loop_.run_turn();
  EXPECT_EQ(loop_.now() - began, milliseconds{75});
}

TEST_F(loop_test, AFrameDestroyedWhileItSleepsIsNotResumed) {
  {
    std::vector<coroutine> frames;
    task t([&] { frames.push_back(sleeper(log_, milliseconds{5}, milliseconds{5})); });
    loop_.defer(t);
    loop_.run_turn();
  }
  loop_.run_turn(loop_.now() + milliseconds{100});
  EXPECT_TRUE(log_.empty());
}

TEST_F(loop_test, TheLongestSleepDoesNotOverflow) {
  std::vector<coroutine> frames;
  task t([&] { frames.push_back(sleeper(log_, nanoseconds::max(), milliseconds{5})); });
  loop_.defer(t);
  loop_.run_turn();
  loop_.run_turn(loop_.now() + std::chrono::hours{24});
  EXPECT_TRUE(log_.empty());
}

}  // namespace
}  // namespace shoal::io
