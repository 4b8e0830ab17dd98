#include "shoal/http/ask.h"

#include <unistd.h>

#include <algorithm>
#include <new>
#include <stdexcept>
#include <vector>

#include "base/check.h"
#include "io/loop.h"
#include "shoal/http/worker.h"

namespace shoal::http {
namespace {

/// In nanoseconds a longer one would be a negative number.
constexpr std::chrono::milliseconds most_patience = std::chrono::hours(24 * 365);

/// Of one worker.
struct open_questions {
  std::vector<open_question*> all;
  std::uint32_t last = 0;
};

class patience_timer final : public io::timer {
 public:
  void start(std::chrono::nanoseconds patience, std::coroutine_handle<> waiting) noexcept {
    loop_ = io::loop::current();
    SHOAL_CHECK(loop_ != nullptr);
    waiting_ = waiting;
    const auto now = loop_->now();
    loop_->start(*this, patience < never - now ? now + patience : never);
  }
  void cancel() noexcept {
    if (loop_ != nullptr) loop_->cancel(*this);
  }
  // The frame, and this timer in it, may be gone when resume() returns.
  void expired() noexcept override { waiting_.resume(); }

 private:
  io::loop* loop_ = nullptr;
  std::coroutine_handle<> waiting_;
};

patience_timer& timer_in(std::byte* storage) noexcept {
  return *std::launder(reinterpret_cast<patience_timer*>(storage));
}

/// The answer to a question of a process that has died shall be nobody's in the next one.
std::uint64_t next_number(open_questions& of) noexcept {
  return std::uint64_t{static_cast<std::uint32_t>(::getpid())} << 32U | ++of.last;
}

}  // namespace

open_question::open_question(worker& self, std::chrono::milliseconds patience,
                             const answer_place& place)
    : self_(self), patience_(std::min(patience, most_patience)), place_(place) {
  static_assert(sizeof(patience_timer) == timer_bytes);
  if (auto* const away = detail::stretch::current()) away->root().need_home();
  auto& open = self.local<open_questions>();
  open.all.push_back(this);
  number_ = next_number(open);
  new (timer_) patience_timer;
}

open_question::~open_question() {
  auto& timer = timer_in(timer_);
  timer.cancel();
  timer.~patience_timer();
  std::erase(self_.local<open_questions>().all, this);
}

void open_question::await_suspend(std::coroutine_handle<> waiting) noexcept {
  waiting_ = waiting;
  timer_in(timer_).start(patience_, waiting);
}

void open_question::heed(worker& self, std::uint64_t number, const void* type, const void* answer) {
  const auto& all = self.local<open_questions>().all;
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto* one) { return one->number_ == number; });
  if (found == all.end() || (*found)->answered_) return;
  auto& one = **found;
  if (one.place_.type != type) {
    throw std::logic_error("shoal: ask<A>() for another A than on_ask() returns");
  }
  one.place_.put(one.place_.to, answer);
  one.answered_ = true;
  timer_in(one.timer_).cancel();
  if (one.waiting_) one.waiting_.resume();
}

}  // namespace shoal::http
