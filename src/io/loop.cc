#include "io/loop.h"

#include <algorithm>
#include <utility>

namespace shoal::io {
namespace {

constexpr monotonic_time at_once = monotonic_time::min();

// A pointer for each thread: no other thread reads it.
thread_local loop* current_loop = nullptr;

}  // namespace

loop::loop(driver& d) noexcept : driver_(d), timers_(d.now()) {}

loop::~loop() {
  while (loop_guest* guest = guests_.pop_front()) guest->loop_ended();
}

loop* loop::current() noexcept { return current_loop; }

void loop::run() noexcept {
  // Acquire: sees what the thread that stopped us wrote before (pairs with stop()'s release).
  while (!stopping_.load(std::memory_order_acquire)) run_turn();
  stopping_.store(false, std::memory_order_relaxed);  // publishes nothing
}

void loop::run_turn(monotonic_time until) noexcept {
  loop* const outer = std::exchange(current_loop, this);
  driver_.wait(ready_.empty() ? std::min(until, timers_.next()) : at_once);
  if (observer_ != nullptr) observer_->turn_began(driver_.now());
  driver_.deliver();
  timers_.advance(driver_.now());
  run_ready();
  take_messages();
  if (observer_ != nullptr) observer_->turn_ended();
  current_loop = outer;
}

void loop::stop() const noexcept {
  stopping_.store(true, std::memory_order_release);  // pairs with run()'s acquire
  driver_.wake();
}

void loop::defer(runnable& task) noexcept { ready_.push_back(task); }

void loop::post(message& m) const noexcept {
  // Relaxed: the old head is stored, never looked into, and a wrong guess is repeated.
  message* head = inbox_.load(std::memory_order_relaxed);
  do {
    m.next_ = head;
    // Release: the message's contents, for take_messages()'s acquire.
  } while (!inbox_.compare_exchange_weak(head, &m, std::memory_order_release,
                                         std::memory_order_relaxed));
  // Who found messages before this one leaves the waking to the sender of the first.
  if (head == nullptr) driver_.wake();
}

void loop::run_ready() noexcept {
  intrusive_list<runnable> batch;
  batch.splice_back(ready_);
  while (runnable* task = batch.pop_front()) task->run();
}

void loop::take_messages() noexcept {
  // Relaxed: decides only whether to look. A message that is missed here has woken the next wait.
  if (inbox_.load(std::memory_order_relaxed) == nullptr) return;
  // Acquire: pairs with the release of each post() whose message it takes.
  message* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
  message* oldest = nullptr;
  while (newest != nullptr) {
    message* const next = std::exchange(newest->next_, oldest);
    oldest = std::exchange(newest, next);
  }
  while (oldest != nullptr) {
    message* const next = oldest->next_;  // deliver() may end the message
    oldest->deliver();
    oldest = next;
  }
}

}  // namespace shoal::io
