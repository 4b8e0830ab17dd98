// A program outside the tree: built against an installation, with what shoal.pc says and no more.
#include <shoal/coro/task.h>

#include <cstdio>

namespace {

class ending final : public shoal::completion {
  std::coroutine_handle<> finished() noexcept override { return std::noop_coroutine(); }
};

shoal::task<int> answer() { co_return 42; }

}  // namespace

int main() {
  ending end;
  auto work = answer();
  if (!work.start(end) || work.take() != 42) return 1;
  std::puts("built against the installed shoal");
  return 0;
}
