// What the two files of the trap matrix share: coroutines that take their arguments by value, and
// values that notice when they are destroyed twice.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "shoal/coro/task.h"
#include "support/counted.h"

namespace shoal::traps {

/// Long enough to live on the heap, so that ASan sees a double free.
inline std::string long_text() { return "a string that is longer than the small buffer"; }

/// Waits once, by way of a child, and then looks at its argument.
inline task<> pause() { co_return; }

template <typename Function>
task<int> call(Function function) {
  co_await pause();
  co_return function();
}

inline task<int> size_of(std::string text) {
  co_await pause();
  co_return static_cast<int>(text.size());
}

/// An aggregate with a member that owns something: the shape that g++ 12 destroys twice.
struct plain {
  std::string text;
  int number = 0;
};

/// The same with a constructor, which is enough to be safe.
struct constructed {
  explicit constructed(std::string t, int n = 0) : text(std::move(t)), number(n) {}
  std::string text;
  int number;
};

template <typename Options>
task<int> use(Options options) {
  co_await pause();
  co_return static_cast<int>(options.text.size()) + options.number;
}

}  // namespace shoal::traps
