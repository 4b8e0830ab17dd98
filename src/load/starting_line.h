// Where the threads of a load wait for each other: none begins before all have opened their
// connections, and then all begin at the same time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "base/clock.h"

namespace shoal::load {

/// Threads: any.
class starting_line final {
 public:
  explicit starting_line(unsigned runners) noexcept : missing_(runners), running_(runners) {}

  /// A runner is there, and waits for the others. Nothing: nobody begins.
  [[nodiscard]] std::optional<monotonic_time> wait() {
    std::unique_lock lock(mutex_);
    --missing_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return told_; });
    return start_;
  }

  /// A runner will never be there: nobody begins.
  void withdraw() {
    const std::lock_guard lock(mutex_);
    --missing_;
    withdrawn_ = true;
    changed_.notify_all();
  }

  /// A runner's end, wherever it came to it.
  void finish() {
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  // For the one who looks on: whether it is so within `limit`.
  [[nodiscard]] bool all_there(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return missing_ == 0; });
  }
  [[nodiscard]] bool all_finished(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, [this] { return running_ == 0; });
  }

  /// Lets all that wait begin, unless one has withdrawn; nullopt: nobody shall.
  void start(std::optional<monotonic_time> when) {
    const std::lock_guard lock(mutex_);
    start_ = withdrawn_ ? std::nullopt : when;
    told_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;  // of all that follows
  std::condition_variable changed_;
  unsigned missing_;
  unsigned running_;
  bool withdrawn_ = false;
  bool told_ = false;
  std::optional<monotonic_time> start_;
};

}  // namespace shoal::load
