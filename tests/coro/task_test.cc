#include "shoal/coro/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "coro/frame_pool.h"
#include "coro/sync_wait.h"
#include "support/allocations.h"
#include "support/counted.h"
#include "support/event.h"

namespace shoal {
namespace {

using test::counted;
using test::event;
using test::tally;

constexpr int a_million = 1'000'000;

// Stands where an HTTP connection would: owns a task and is told of its end.
class owner final : public completion {
 public:
  explicit owner(task<int> work) : work_(std::move(work)) {}

  bool start() { return work_.start(*this); }
  void destroy_when_told() { destroy_ = true; }
  task<int>& work() { return work_; }
  [[nodiscard]] int times_told() const { return told_; }
  [[nodiscard]] int result() const { return result_; }

 private:
  std::coroutine_handle<> finished() noexcept override {
    ++told_;
    if (destroy_) {
      result_ = work_.take();
      work_.reset();
    }
    return std::noop_coroutine();
  }

  task<int> work_;
  bool destroy_ = false;
  int told_ = 0;
  int result_ = -1;
};

task<int> value(int n) { co_return n; }
task<int> value_after(event& e, int n) {
  co_await e;
  co_return n;
}
task<> set_true(bool& flag) {
  flag = true;
  co_return;
}
task<> fail(const char* text) {
  throw std::runtime_error(text);
  co_return;
}

TEST(Task, DoesNotRunBeforeItIsAwaited) {
  bool ran = false;
  {
    auto unused = set_true(ran);
    EXPECT_FALSE(ran);
  }
  EXPECT_FALSE(ran) << "a task that is dropped never runs";
  sync_wait(set_true(ran));
  EXPECT_TRUE(ran);
}

TEST(Task, GivesItsValueToTheCoroutineThatAwaitsIt) {
  auto parent = []() -> task<int> {
    const int one = co_await value(1);
    auto named = value(2);
    co_return one + co_await named;
  };
  EXPECT_EQ(sync_wait(parent()), 3);
}

TEST(Task, MovesItsValueAndCopiesNothing) {
  tally t;
  auto make = [](tally& where) -> task<counted> { co_return counted(where, 7); };
  auto parent = [](task<counted> child) -> task<int> {
    const counted received = co_await std::move(child);
    co_return received.value;
  };
  EXPECT_EQ(sync_wait(parent(make(t))), 7);
  EXPECT_EQ(t.copied, 0);
  EXPECT_EQ(t.alive(), 0);
}

TEST(Task, CarriesAReferenceAsAReference) {
  int here = 1;
  auto find = [](int& where) -> task<int&> { co_return where; };
  auto parent = [](task<int&> child) -> task<int*> {
    int& found = co_await child;
    co_return &found;
  };
  EXPECT_EQ(sync_wait(parent(find(here))), &here);
}

TEST(Task, CarriesATypeThatCanOnlyBeMoved) {
  auto make = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(5); };
  EXPECT_EQ(*sync_wait(make()), 5);
}

TEST(Task, ThrowsInItsParentWhatItsBodyThrew) {
  auto parent = []() -> task<std::string> {
    std::string caught;
    try {
      co_await fail("no such user");
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return caught;
  };
  EXPECT_EQ(sync_wait(parent()), "no such user");
}

TEST(Task, PassesAnExceptionThroughAllThatAwait) {
  event e;
  auto child = [](event& when) -> task<> {
    co_await when;
    co_await fail("deep");
  };
  auto parent = [](task<> inner) -> task<> { co_await inner; };
  auto work = parent(child(e));
  EXPECT_THROW(sync_wait(std::move(work), [&] { e.set(); }), std::runtime_error);
}

TEST(Task, IsResumedWhereItWaited) {
  event e;
  owner root([](event& when) -> task<int> {
    const int child = co_await value_after(when, 20);
    co_return child + 1;
  }(e));
  EXPECT_FALSE(root.start());
  EXPECT_TRUE(e.awaited());
  EXPECT_EQ(root.times_told(), 0);
  e.set();
  EXPECT_EQ(root.times_told(), 1);
  EXPECT_EQ(root.work().take(), 21);
}

TEST(Task, ThatFinishesAtOnceSaysSoInsteadOfTelling) {
  owner root(value(3));
  EXPECT_TRUE(root.start());
  EXPECT_EQ(root.times_told(), 0);
  EXPECT_EQ(root.work().take(), 3);
}

TEST(Task, MayBeDestroyedInsideTheCallThatTellsOfItsEnd) {
  event e;
  owner root(value_after(e, 9));
  root.destroy_when_told();
  EXPECT_FALSE(root.start());
  e.set();
  EXPECT_EQ(root.times_told(), 1);
  EXPECT_EQ(root.result(), 9);
  EXPECT_FALSE(root.work());
}

TEST(Task, ThrowsFromTakeWhatARootsBodyThrew) {
  owner root([]() -> task<int> {
    co_await fail("handler");
    co_return 0;
  }());
  EXPECT_TRUE(root.start());
  EXPECT_THROW(root.work().take(), std::runtime_error);
}

TEST(Task, DestroyedWhileItWaitsDestroysAllThatItAwaits) {
  tally t;
  event e;
  auto child = [](event& when, counted) -> task<int> {
    co_await when;
    co_return 1;
  };
  auto parent = [child](event& when, counted mine) -> task<int> {
    co_return co_await child(when, mine);
  };
  {
    owner root(parent(e, counted(t)));
    EXPECT_FALSE(root.start());
    EXPECT_GT(t.alive(), 1);
    EXPECT_TRUE(e.awaited());
  }
  EXPECT_EQ(t.alive(), 0);
  EXPECT_FALSE(e.awaited()) << "the operation at the bottom ended too";
}

TEST(Task, NeverStartedDestroysItsParameters) {
  tally t;
  {
    auto unused = [](counted) -> task<> { co_return; }(counted(t));
  }
  EXPECT_EQ(t.alive(), 0);
}

TEST(Task, MovedFromIsNoTask) {
  auto first = value(1);
  auto second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what this test is about
  EXPECT_TRUE(second);
  second = task<int>();
  EXPECT_FALSE(second);
}

TEST(Task, AwaitsAMillionChildrenThatFinishAtOnceInAFixedStack) {
  auto parent = []() -> task<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < a_million; ++i) sum += co_await value(i);
    co_return sum;
  };
  EXPECT_EQ(sync_wait(parent()), std::int64_t{a_million} * (a_million - 1) / 2);
}

TEST(Task, AwaitsAMillionChildrenThatWaitInAFixedStack) {
  event e;
  auto parent = [](event& when) -> task<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < a_million; ++i) sum += co_await value_after(when, 1);
    co_return sum;
  };
  EXPECT_EQ(sync_wait(parent(e), [&] { e.set(); }), a_million);
}

TEST(Task, AwaitsAMillionChildrenOfBothKindsInAFixedStack) {
  event e;
  auto parent = [](event& when) -> task<std::int64_t> {
    std::int64_t sum = 0;
    for (int i = 0; i < a_million; ++i)
      sum += i % 2 == 0 ? co_await value(1) : co_await value_after(when, 1);
    co_return sum;
  };
  EXPECT_EQ(sync_wait(parent(e), [&] { e.set(); }), a_million);
}

// Not inline, since clang may otherwise put a child's frame into its parent's.
[[gnu::noinline]] task<> set_true_with(counted, bool& flag) {
  flag = true;
  co_return;
}

TEST(Task, ThrowsBadAllocFromTheCallWhenThereIsNoMemoryForItsFrame) {
  if (!test::allocations_are_counted())
    GTEST_SKIP() << "this build's operator new cannot be replaced";
  tally t;
  bool ran = false;
  bool refused = false;
  counted argument(t);
  release_kept_frames();
  try {
    const test::failing_allocation next(1);
    const auto unused = set_true_with(argument, ran);
  } catch (const std::bad_alloc&) {
    refused = true;
  }
  EXPECT_TRUE(refused);
  EXPECT_FALSE(ran);
  EXPECT_EQ(t.alive(), 1) << "the copy that was passed is gone, the original is not";
}

TEST(Task, ThrowsBadAllocInTheParentThatCannotMakeAChild) {
  if (!test::allocations_are_counted())
    GTEST_SKIP() << "this build's operator new cannot be replaced";
  tally t;
  auto parent = [](const counted& argument) -> task<bool> {
    bool ran = false;
    bool refused = false;
    try {
      co_await set_true_with(argument, ran);
    } catch (const std::bad_alloc&) {
      refused = true;
    }
    co_return refused && !ran;
  };
  const counted argument(t);
  auto starved = parent(argument);
  release_kept_frames();
  bool refused = false;
  {
    const test::failing_allocation next(1);
    refused = sync_wait(std::move(starved));
  }
  EXPECT_TRUE(refused);
  EXPECT_EQ(t.alive(), 1);
}

TEST(Task, MakesNoAllocationOnceItsFramesAreInThePool) {
  auto parent = []() -> task<int> {
    const int one = co_await value(1);
    co_return one + co_await value(2);
  };
  sync_wait(parent());
  const auto before = test::allocations();
  sync_wait(parent());
  EXPECT_EQ(test::allocations(), before);
}

}  // namespace
}  // namespace shoal
