#include "bench/interrupts.h"

#include <atomic>

namespace shoal::bench {
namespace {

// Written by the handler alone.
std::atomic<bool> one_came{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void note(int) noexcept { one_came.store(true, std::memory_order_relaxed); }

}  // namespace

interrupts::interrupts() noexcept {
  one_came.store(false, std::memory_order_relaxed);
  struct sigaction noting{};
  noting.sa_handler = note;  // without SA_RESTART: what waits shall end
  ::sigaction(SIGINT, &noting, &before_int_);
  ::sigaction(SIGTERM, &noting, &before_term_);
  ::sigaction(SIGHUP, &noting, &before_hangup_);  // a terminal that is gone
}

interrupts::~interrupts() {
  ::sigaction(SIGINT, &before_int_, nullptr);
  ::sigaction(SIGTERM, &before_term_, nullptr);
  ::sigaction(SIGHUP, &before_hangup_, nullptr);
}

bool interrupts::came() noexcept { return one_came.load(std::memory_order_relaxed); }

}  // namespace shoal::bench
