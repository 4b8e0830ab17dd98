#include "shoal/coro/scope.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>

#include "coro/frame_pool.h"
#include "coro/sync_wait.h"
#include "support/allocations.h"
#include "support/counted.h"
#include "support/event.h"

namespace shoal {
namespace {

using test::event;

task<> count_after(event& e, int& n) {
  co_await e;
  ++n;
}
task<> count(int& n) {
  ++n;
  co_return;
}
task<> fail_after(event& e, const char* text) {
  co_await e;
  throw std::runtime_error(text);
}

TEST(Scope, JoinWaitsForAllThatWasStarted) {
  std::deque<event> events(3);
  int n = 0;
  auto parent = [](std::deque<event>& all, int& counter) -> task<int> {
    scope children;
    for (auto& each : all) children.start(count_after(each, counter));
    children.start(count(counter));
    co_await children.join();
    co_return counter;
  };
  auto next = events.begin();
  EXPECT_EQ(sync_wait(parent(events, n), [&] { (next++)->set(); }), 4);
}

TEST(Scope, JoinDoesNotWaitForNothing) {
  auto parent = []() -> task<int> {
    scope children;
    co_await children.join();
    co_return 1;
  };
  EXPECT_EQ(sync_wait(parent()), 1);
}

TEST(Scope, JoinWaitsForTasksThatTasksStart) {
  event outer;
  event inner;
  int n = 0;
  auto child = [](scope& all, event& mine, event& other, int& counter) -> task<> {
    co_await mine;
    all.start(count_after(other, counter));
  };
  auto parent = [child](event& one, event& two, int& counter) -> task<int> {
    scope children;
    children.start(child(children, one, two, counter));
    co_await children.join();
    co_return counter;
  };
  auto work = parent(outer, inner, n);
  EXPECT_EQ(sync_wait(std::move(work), [&] { outer.awaited() ? outer.set() : inner.set(); }), 1);
}

TEST(Scope, JoinThrowsTheFailureThatCameFirstOnceAllHaveEnded) {
  event first;
  event second;
  auto parent = [](event& one, event& two) -> task<std::string> {
    scope children;
    std::string caught;
    children.start(fail_after(one, "later"));
    children.start(fail_after(two, "earlier"));
    try {
      co_await children.join();
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    EXPECT_EQ(children.running(), 0U);
    co_await children.join();  // it can be used again, and the failure is spent
    co_return caught;
  };
  auto work = parent(first, second);
  EXPECT_EQ(sync_wait(std::move(work), [&] { second.awaited() ? second.set() : first.set(); }),
            "earlier");
}

TEST(Scope, DestroyedWhileTasksRunDestroysThem) {
  event first;
  event second;
  test::tally t;
  auto child = [](event& when, test::counted) -> task<> { co_await when; };
  {
    scope children;
    children.start(child(first, test::counted(t)));
    children.start(child(second, test::counted(t)));
    EXPECT_EQ(children.running(), 2U);
    first.set();
    EXPECT_EQ(children.running(), 1U);
  }
  EXPECT_FALSE(second.awaited());
  EXPECT_EQ(t.alive(), 0);
}

TEST(Scope, ForgetsAJoinerThatIsDestroyed) {
  event e;
  int n = 0;
  scope children;
  children.start(count_after(e, n));
  class nobody final : public completion {
    std::coroutine_handle<> finished() noexcept override { return std::noop_coroutine(); }
  } nobody;
  auto joiner = [](scope& all) -> task<> { co_await all.join(); }(children);
  EXPECT_FALSE(joiner.start(nobody));
  joiner.reset();
  e.set();
  EXPECT_EQ(n, 1);
}

TEST(Scope, RunsAMillionTasksThatFinishAtOnce) {
  scope children;
  int n = 0;
  for (int i = 0; i < 1'000'000; ++i) children.start(count(n));
  EXPECT_EQ(n, 1'000'000);
  EXPECT_EQ(children.running(), 0U);
}

TEST(Scope, ThrowsBadAllocAndRunsNothingWhenThereIsNoMemoryForATask) {
  if (!test::allocations_are_counted())
    GTEST_SKIP() << "this build's operator new cannot be replaced";
  scope children;
  int n = 0;
  auto work = count(n);
  release_kept_frames();
  bool refused = false;
  try {
    const test::failing_allocation next(1);
    children.start(std::move(work));
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(n, 0);
  EXPECT_EQ(children.running(), 0U);
}

}  // namespace
}  // namespace shoal
