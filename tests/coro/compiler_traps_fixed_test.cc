// Shapes of co_await expressions that g++ before 14 gets wrong: it destroys the temporary twice, or
// does not compile. meson builds this file for other compilers alone. Our own code uses none of
// them, so that it works everywhere; these tests say what users of a newer compiler may write.
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>

#include "compiler_traps.h"
#include "coro/sync_wait.h"

namespace shoal::traps {
namespace {

using test::counted;
using test::tally;

const int text_bytes = static_cast<int>(long_text().size());

TEST(CompilerTrapsFixed, ClosureWithACaptureMayBeATemporary) {
  tally t;
  auto parent = [](tally& where) -> task<int> {
    counted captured(where, 5);
    co_return co_await call([captured] { return captured.value; });
  };
  EXPECT_EQ(sync_wait(parent(t)), 5);
  EXPECT_EQ(t.alive(), 0);
}

TEST(CompilerTrapsFixed, CoroutineClosureMayBeCalledInPlace) {
  auto parent = []() -> task<int> {
    const auto text = long_text();
    co_return co_await [text]() -> task<int> {
      co_await pause();
      co_return static_cast<int>(text.size());
    }();
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes);
}

TEST(CompilerTrapsFixed, FunctionMadeFromAClosureInPlace) {
  auto parent = []() -> task<int> {
    const auto text = long_text();
    co_return co_await call(std::function<int()>([text] { return static_cast<int>(text.size()); }));
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes);
}

TEST(CompilerTrapsFixed, AggregateWithAnOwnerMayBeATemporary) {
  auto parent = []() -> task<int> {
    const auto text = long_text();
    co_return co_await use(plain{.text = text, .number = 1});
  };
  EXPECT_EQ(sync_wait(parent()), text_bytes + 1);
}

TEST(CompilerTrapsFixed, ArrayOfOwnersMayBeATemporary) {
  auto count = [](std::array<std::string, 2> texts) -> task<int> {
    co_await pause();
    co_return static_cast<int>(texts[0].size() + texts[1].size());
  };
  auto parent = [count]() -> task<int> {
    co_return co_await count(std::array<std::string, 2>{long_text(), long_text()});
  };
  EXPECT_EQ(sync_wait(parent()), 2 * text_bytes);
}

TEST(CompilerTrapsFixed, ListInBracesMayBeAnArgument) {
  auto count = [](std::initializer_list<std::string> texts) -> task<int> {
    co_return static_cast<int>(texts.size());
  };
  auto parent = [count]() -> task<int> { co_return co_await count({long_text(), long_text()}); };
  EXPECT_EQ(sync_wait(parent()), 2);
}

}  // namespace
}  // namespace shoal::traps
