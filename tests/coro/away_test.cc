#include "shoal/coro/away.h"

#include <gtest/gtest.h>

#include <coroutine>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "shoal/coro/scope.h"
#include "shoal/coro/task.h"
#include "shoal/coro/when_all.h"

namespace shoal {
namespace {

using detail::stretch;

/// Another thread, played on this one: what goes away runs when the test says so.
class trip final : public detail::task_root, public completion {
 public:
  void begin(task<std::string>& what) {
    work_ = &what;
    next_.reset();
    waiting_ = true;
  }
  [[nodiscard]] bool is_away() const { return waiting_ || next_.has_value(); }

  void run_away() {
    detail::stretch::passage away(stretch_);
    if (std::exchange(waiting_, false)) {
      done_ = work_->start(*this, this);
    } else {
      std::exchange(next_, std::nullopt)->resume();
    }
  }
  void come_home() { stretch_.arrive(false); }
  [[nodiscard]] bool done() const { return done_; }

  void go_away(std::coroutine_handle<> next) noexcept override { next_ = next; }
  void paused() noexcept override { ++pauses; }
  void resumed() noexcept override { ++resumptions; }
  void function_leaves() override {}
  void need_home() override {}
  void all_home() noexcept override {}
  std::coroutine_handle<> finished() noexcept override {
    done_ = true;
    return std::noop_coroutine();
  }

  int pauses = 0;
  int resumptions = 0;

 private:
  stretch stretch_{*this};
  task<std::string>* work_ = nullptr;
  std::optional<std::coroutine_handle<>> next_;
  bool waiting_ = false;
  bool done_ = false;
};

/// Something at home that is waited for.
struct gate {
  std::coroutine_handle<> waits;
  bool open = false;
  bool fails = false;
  int suspensions = 0;

  void pass() { std::exchange(waits, nullptr).resume(); }
};

struct plain_wait {
  gate& at;
  bool await_ready() const { return at.open; }
  void await_suspend(std::coroutine_handle<> waiting) {
    EXPECT_EQ(stretch::current(), nullptr) << "its loop's things were reached from elsewhere";
    if (at.fails) throw std::runtime_error("no way in");
    ++at.suspensions;
    at.waits = waiting;
  }
  void await_resume() const {}
};
struct wait_and_return : plain_wait {
  using comes_back = void;
};

std::string place() { return stretch::current() != nullptr ? "away " : "home "; }

task<std::string> two_parts(gate& g, bool returns) {
  std::string where = place();
  if (returns) {
    co_await wait_and_return{g};
  } else {
    co_await plain_wait{g};
  }
  co_return where + place();
}

TEST(Away, WhatIsAwaitedAwayIsAwaitedAtHome) {
  gate g;
  auto work = two_parts(g, false);
  trip t;
  t.begin(work);
  t.run_away();
  EXPECT_EQ(g.suspensions, 0);
  t.come_home();
  EXPECT_EQ(g.suspensions, 1);
  EXPECT_FALSE(t.done());
  g.pass();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "away home ");
}

TEST(Away, AnAwaitThatComesBackGoesOnAway) {
  gate g;
  auto work = two_parts(g, true);
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  g.pass();
  EXPECT_FALSE(t.done());
  ASSERT_TRUE(t.is_away());
  t.run_away();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "away away ");
}

TEST(Away, AnAwaitThatIsReadyAtHomeGoesBackWithoutWaiting) {
  gate g;
  g.open = true;
  auto work = two_parts(g, true);
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  EXPECT_EQ(g.suspensions, 0);
  ASSERT_TRUE(t.is_away());
  t.run_away();
  EXPECT_EQ(work.take(), "away away ");
}

task<std::string> below(gate& g) {
  co_await wait_and_return{g};
  co_return place();
}
task<std::string> above(gate& g) { co_return co_await below(g) + co_await below(g); }

TEST(Away, TasksThatAwaitEachOtherTravelTogether) {
  gate g;
  auto work = above(g);
  trip t;
  t.begin(work);
  for (int i = 0; i < 2; ++i) {
    t.run_away();
    t.come_home();
    g.pass();
  }
  t.run_away();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "away away ");
}

task<std::string> caught(gate& g) {
  try {
    co_await wait_and_return{g};
  } catch (const std::runtime_error& why) {
    co_return place() + why.what();
  }
  co_return "no exception";
}

TEST(Away, WhatAnAwaitThrowsAtHomeIsThrownInItsCoroutine) {
  gate g;
  g.fails = true;
  auto work = caught(g);
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  t.run_away();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "away no way in");
}

task<std::string> of_the_library() {
  co_await detail::at_home_now{};
  co_return place();
}
task<std::string> uses_the_library() {
  const std::string before = place();
  co_return before + co_await of_the_library() + place();
}

TEST(Away, WhatNeedsItsLoopComesHomeFirst) {
  auto work = uses_the_library();
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "away home home ");
}

task<> aside(gate& g) { co_await wait_and_return{g}; }
task<std::string> with_a_scope(gate& inside, gate& own) {
  scope all;
  all.start(aside(inside));
  co_await wait_and_return{own};
  co_await all.join();
  co_return place();
}

TEST(Away, WhoHasATaskInAScopeThatWaitsStaysAtHome) {
  gate inside;
  gate own;
  auto work = with_a_scope(inside, own);
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  own.pass();
  EXPECT_FALSE(t.is_away());
  inside.pass();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "home ");
}

task<std::string> gives_up(gate& inside) {
  {
    scope all;
    all.start(aside(inside));
  }
  co_return place();
}

TEST(Away, ATaskThatEndsBeforeItComesHomeAwaitsNothing) {
  gate inside;
  auto work = gives_up(inside);
  trip t;
  t.begin(work);
  t.run_away();
  ASSERT_TRUE(t.done());
  t.come_home();
  EXPECT_EQ(inside.suspensions, 0);
}

task<std::string> both(gate& a, gate& b) {
  auto [x, y] = co_await when_all(below(a), below(b));
  co_return x + y + place();
}

TEST(Away, WhoAwaitsSeveralAtOnceDoesSoAtHome) {
  gate a;
  gate b;
  auto work = both(a, b);
  trip t;
  t.begin(work);
  t.run_away();
  t.come_home();
  b.pass();
  a.pass();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(work.take(), "home home home ");
}

TEST(Away, DestroyingATaskAtHomeEndsItsWayBack) {
  gate g;
  trip t;
  {
    auto work = two_parts(g, true);
    t.begin(work);
    t.run_away();
    t.come_home();
  }
  EXPECT_FALSE(t.is_away());
}

TEST(Away, ThePausesOfAWatchedTaskAreTold) {
  gate g;
  auto work = above(g);
  trip t;
  t.watched = true;
  EXPECT_FALSE(work.start(t, &t));
  g.pass();
  g.pass();
  ASSERT_TRUE(t.done());
  EXPECT_EQ(t.pauses, 2);
  EXPECT_EQ(t.resumptions, 2);
}

}  // namespace
}  // namespace shoal
