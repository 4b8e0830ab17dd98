#include "shoal/coro/when_all.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "coro/sync_wait.h"
#include "support/counted.h"
#include "support/event.h"

namespace shoal {
namespace {

using test::event;

task<int> value(int n) { co_return n; }
task<int> value_after(event& e, int n) {
  co_await e;
  co_return n;
}
task<> wait_for(event& e) { co_await e; }
task<> fail_after(event& e, const char* text) {
  co_await e;
  throw std::runtime_error(text);
}
task<> set(event& e) {
  e.set();
  co_return;
}

TEST(WhenAll, GivesAllValuesInTheOrderOfTheTasksWhateverEndsFirst) {
  event first;
  event second;
  auto parent = [](event& one, event& two) -> task<std::string> {
    auto values = co_await when_all(value_after(one, 1), value_after(two, 2), value(3));
    auto& [a, b, c] = values;
    co_return std::to_string(a) + std::to_string(b) + std::to_string(c);
  };
  auto work = parent(first, second);
  EXPECT_EQ(sync_wait(std::move(work), [&] { second.awaited() ? second.set() : first.set(); }),
            "123");
}

TEST(WhenAll, WaitsForNothingIfAllFinishAtOnce) {
  auto parent = []() -> task<int> {
    auto values = co_await when_all(value(1), value(2));
    co_return std::get<0>(values) + std::get<1>(values);
  };
  EXPECT_EQ(sync_wait(parent()), 3);
}

TEST(WhenAll, GivesAPlaceholderForNoValue) {
  event e;
  auto parent = [](event& when) -> task<int> {
    auto values = co_await when_all(wait_for(when), value(2));
    static_assert(std::is_same_v<decltype(values), std::tuple<std::monostate, int>>);
    co_return std::get<1>(values);
  };
  EXPECT_EQ(sync_wait(parent(e), [&] { e.set(); }), 2);
}

TEST(WhenAll, ThrowsTheFirstTasksExceptionOnceAllHaveEnded) {
  event first;
  event second;
  bool ended = false;
  auto parent = [](event& one, event& two) -> task<std::string> {
    std::string caught;
    try {
      co_await when_all(fail_after(one, "first"), fail_after(two, "second"));
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  auto work = parent(first, second);
  EXPECT_EQ(sync_wait(std::move(work),
                      [&] {
                        EXPECT_FALSE(ended);
                        ended = !second.awaited();
                        second.awaited() ? second.set() : first.set();
                      }),
            "first");
}

TEST(WhenAll, LetsOneTaskEndAnotherWhileTheRestAreBeingStarted) {
  event e;
  event last;
  auto parent = [](event& one, event& two) -> task<int> {
    auto values = co_await when_all(value_after(one, 1), set(one), value_after(two, 2));
    co_return std::get<0>(values) + std::get<2>(values);
  };
  EXPECT_EQ(sync_wait(parent(e, last), [&] { last.set(); }), 3);
}

TEST(WhenAll, TakesAVectorOfAnyLength) {
  event e;
  auto parent = [](event& when) -> task<int> {
    std::vector<task<int>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(value(i));
    tasks.push_back(value_after(when, 1000));
    int sum = 0;
    auto values = co_await when_all(std::move(tasks));
    for (const int each : values) sum += each;
    auto none = co_await when_all(std::vector<task<>>());
    co_return sum + static_cast<int>(none.size());
  };
  EXPECT_EQ(sync_wait(parent(e), [&] { e.set(); }), 4950 + 1000);
}

TEST(WhenAll, DestroyedWhileItWaitsDestroysAllTasks) {
  event first;
  event second;
  test::tally t;
  auto child = [](event& when, test::counted) -> task<> { co_await when; };
  class nobody final : public completion {
    std::coroutine_handle<> finished() noexcept override { return std::noop_coroutine(); }
  } nobody;
  auto parent = [child](event& one, event& two, test::counted c) -> task<> {
    co_await when_all(child(one, c), child(two, c));
  };
  auto work = parent(first, second, test::counted(t));
  EXPECT_FALSE(work.start(nobody));
  EXPECT_TRUE(first.awaited() && second.awaited());
  work.reset();
  EXPECT_FALSE(first.awaited() || second.awaited());
  EXPECT_EQ(t.alive(), 0);
}

}  // namespace
}  // namespace shoal
