// Shapes of co_await expressions that every supported compiler must get right; the ones that g++ 12
// miscompiles stand in compiler_traps_fixed_test.cc. docs/style.md gives the rules that follow.
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler_traps.h"
#include "coro/sync_wait.h"

namespace shoal::traps {
namespace {

using test::counted;
using test::tally;

const int text_bytes = static_cast<int>(long_text().size());

TEST(CompilerTraps, NamedClosureThatIsMovedIsDestroyedOnce) {
  tally t;
  auto parent = [](tally& where) -> task<int> {
    counted captured(where, 5);
    auto closure = [captured] { return captured.value; };
    co_return co_await call(std::move(closure));
  };
  EXPECT_EQ(sync_wait(parent(t)), 5);
  EXPECT_EQ(t.alive(), 0);
}

TEST(CompilerTraps, ClosureThatCapturesReferencesMayBeATemporary) {
  auto parent = []() -> task<int> {
    std::string text = long_text();
    co_return co_await call([&] { return static_cast<int>(text.size()); });
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes);
}

TEST(CompilerTraps, TaskMadeFromAClosureFirstAndAwaitedAfterwards) {
  tally t;
  auto parent = [](tally& where) -> task<int> {
    counted captured(where, 6);
    auto made = call([captured] { return captured.value; });
    co_return co_await made;
  };
  EXPECT_EQ(sync_wait(parent(t)), 6);
  EXPECT_EQ(t.alive(), 0);
}

TEST(CompilerTraps, TemporaryWithAConstructorIsDestroyedOnce) {
  tally t;
  auto parent = [](tally& where) -> task<int> {
    const int options = co_await use(constructed(long_text(), 1));
    co_return options + co_await
        [](counted c) -> task<int> { co_return c.value; }(counted(where, 2));
  };
  EXPECT_EQ(sync_wait(parent(t)), text_bytes + 3);
  EXPECT_EQ(t.alive(), 0);
}

TEST(CompilerTraps, AggregateThatIsNamedFirstIsDestroyedOnce) {
  auto parent = []() -> task<int> {
    plain options{.text = long_text(), .number = 2};
    co_return co_await use(std::move(options));
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes + 2);
}

TEST(CompilerTraps, AggregateOfTrivialMembersMayBeATemporary) {
  struct view {
    std::string_view text;
    int number = 0;
  };
  auto parent = [](const std::string& text) -> task<int> {
    co_return co_await use(view{.text = text, .number = 3});
  };
  const auto text = long_text();
  EXPECT_EQ(sync_wait(parent(text)), text_bytes + 3);
}

TEST(CompilerTraps, LibraryTemporariesAreDestroyedOnce) {
  auto parent = []() -> task<int> {
    int sum = co_await size_of(long_text() + "!");
    sum += co_await call(std::function<int()>());  // throws
    co_return sum;
  };
  EXPECT_THROW(sync_wait(parent()), std::bad_function_call);

  auto others = []() -> task<int> {
    auto of = [](std::unique_ptr<int> p) -> task<int> { co_return *p; };
    auto in = [](std::vector<std::string> v) -> task<int> { co_return static_cast<int>(v.size()); };
    auto pair = [](std::pair<std::string, int> p) -> task<int> { co_return p.second; };
    auto maybe = [](std::optional<std::string> o) -> task<int> { co_return o ? 1 : 0; };
    int sum = co_await of(std::make_unique<int>(1));
    sum += co_await in(std::vector<std::string>(10, long_text()));
    sum += co_await pair({long_text(), 100});
    sum += co_await maybe(std::optional<std::string>(long_text()));
    co_return sum;
  };
  EXPECT_EQ(sync_wait(others()), 112);
}

TEST(CompilerTraps, ViewOfATemporaryLivesUntilTheAwaitIsOver) {
  auto length = [](std::string_view text) -> task<int> {
    co_await pause();
    co_return static_cast<int>(std::string(text).size());
  };
  auto parent = [length]() -> task<int> { co_return co_await length(long_text() + "!"); };
  EXPECT_EQ(sync_wait(parent()), text_bytes + 1);
}

TEST(CompilerTraps, AwaitInConditionsLoopsAndOperators) {
  auto number = [](int n) -> task<int> { co_return n; };
  auto list = []() -> task<std::vector<int>> { co_return std::vector<int>(3, 2); };
  auto parent = [number, list]() -> task<int> {
    int sum = 0;
    if (auto one = co_await number(1); one == 1) sum += one;
    for (const int each : co_await list()) sum += each;
    while (co_await number(sum) < 10) ++sum;
    if (co_await number(0) != 0 || co_await number(1) == 1) sum += 10;
    switch (co_await number(3)) {
      case 3:
        sum += 100;
        break;
      default:
        break;
    }
    co_return sum > 0 ? co_await number(sum) : 0;
  };
  EXPECT_EQ(sync_wait(parent()), 120);
}

TEST(CompilerTraps, StructuredBindingOfANamedResultDestroysItsMembersOnce) {
  tally t;
  auto two = [](tally& where) -> task<std::pair<counted, std::string>> {
    co_return std::pair(counted(where, 4), long_text());
  };
  auto parent = [two](tally& where) -> task<int> {
    auto both = co_await two(where);
    auto& [number, text] = both;
    co_return number.value + static_cast<int>(text.size());
  };
  EXPECT_EQ(sync_wait(parent(t)), text_bytes + 4);
  EXPECT_EQ(t.alive(), 0);
}

TEST(CompilerTraps, AggregateMayBeReturned) {
  auto make = []() -> task<plain> { co_return plain{.text = long_text(), .number = 1}; };
  EXPECT_EQ(sync_wait(make()).text, long_text());
}

TEST(CompilerTraps, AwaitAfterACatchBlock) {
  auto parent = []() -> task<int> {
    bool failed = false;
    try {
      co_await call(std::function<int()>());
    } catch (const std::bad_function_call&) {
      failed = true;
    }
    co_return failed ? co_await size_of(long_text()) : 0;
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes);
}

}  // namespace
}  // namespace shoal::traps
