#include "cluster/stall/stall_reporter.h"

#include <pthread.h>

#include <utility>

namespace shoal::cluster {

stall_reporter::stall_reporter(sink tell, nanoseconds interval, const stall_report_options& options)
    : tell_(std::move(tell)), interval_(interval), options_(options), thread_([this] { run(); }) {
  ::pthread_setname_np(thread_.native_handle(), "shoal-stalls");
}

stall_reporter::~stall_reporter() {
  {
    const std::lock_guard hold(lock_);
    ending_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void stall_reporter::report(stalled_turn turn) {
  {
    const std::lock_guard hold(lock_);
    if (describing_ || next_ || read_clock() < not_before_) {
      ++skipped_;
      return;
    }
    next_ = std::move(turn);
  }
  woken_.notify_one();
}

void stall_reporter::run() {
  std::unique_lock hold(lock_);
  while (true) {
    woken_.wait(hold, [this] { return ending_ || next_; });
    if (ending_) return;
    const stalled_turn turn = *std::exchange(next_, std::nullopt);
    const std::uint64_t skipped = std::exchange(skipped_, 0);
    describing_ = true;
    hold.unlock();
    tell_(describe(turn, skipped));
    hold.lock();
    describing_ = false;
    not_before_ = read_clock() + interval_;
  }
}

std::string stall_reporter::describe(const stalled_turn& turn, std::uint64_t skipped) const {
  std::string text = describe_stall(turn, options_);
  if (skipped > 0) {
    text += "\n  (" + std::to_string(skipped) + " more such turns since the report before)";
  }
  return text;
}

}  // namespace shoal::cluster
