// How long a job would have to wait: the work that is ahead of it, by what each job was predicted
// to take, over the threads. Loops come first on the same cores, and predictions are off, so what
// jobs have in fact waited corrects it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "compute/job.h"

namespace shoal::compute {

/// How many jobs and how much work, in one word: a reader has both of one moment. Threads: any.
class work_sum final {
 public:
  struct value {
    std::uint64_t jobs = 0;
    std::uint64_t us = 0;
  };

  void add(std::uint32_t us) noexcept {
    both_.fetch_add(packed(us), std::memory_order_relaxed);  // publishes nothing
  }
  void remove(std::uint32_t us) noexcept { both_.fetch_sub(packed(us), std::memory_order_relaxed); }
  [[nodiscard]] value read() const noexcept {
    const std::uint64_t both = both_.load(std::memory_order_relaxed);
    return {both >> us_bits, both & ((std::uint64_t{1} << us_bits) - 1)};
  }

 private:
  static constexpr unsigned us_bits = 44;  // for some thousands of jobs of an hour each: 200 days

  static std::uint64_t packed(std::uint32_t us) noexcept {
    return (std::uint64_t{1} << us_bits) + us;
  }

  std::atomic<std::uint64_t> both_{0};
};

/// Threads: any. A job goes through enters(), then either leaves() or begins() and ends(). Its home
/// may have it leave() beforehand.
class wait_forecast final {
 public:
  /// Corrections beyond these are an accident, not a rule.
  static constexpr double least_correction = 0.5;
  static constexpr double most_correction = 8;
  /// Shorter forecasts teach nothing: what was waited then is the time to wake a thread.
  static constexpr nanoseconds least_lesson = std::chrono::milliseconds(1);

  /// `threads`: as many as may run jobs at once.
  explicit wait_forecast(unsigned threads) noexcept : threads_(threads) {}

  /// Before it can be taken out of the queue.
  void enters(job& j) noexcept {
    queued_[of(j)].add(j.predicted_us);
    j.counts_in.store(this, std::memory_order_relaxed);
  }
  /// Without being run. Of two who say so at once, one is heard.
  void leaves(job& j) noexcept {
    if (j.counts_in.exchange(nullptr, std::memory_order_relaxed) != nullptr) {
      queued_[of(j)].remove(j.predicted_us);
    }
  }
  void begins(job& j) noexcept {
    running_.add(j.predicted_us);
    leaves(j);
  }
  void ends(std::uint32_t predicted_us) noexcept { running_.remove(predicted_us); }
  /// Of any that is taken out and wanted, run or not: where all come too late, just that must be
  /// learnt.
  void learn(const job&) noexcept;

  /// By predictions alone.
  [[nodiscard]] nanoseconds uncorrected(work_class) const noexcept;
  [[nodiscard]] nanoseconds predict(work_class) const noexcept;
  [[nodiscard]] double correction(work_class) const noexcept;

 private:
  static std::size_t of(const job& j) noexcept { return static_cast<std::size_t>(j.of); }

  const unsigned threads_;
  std::array<work_sum, work_classes> queued_;
  work_sum running_;
  // An average that forgets. Two threads that write at once lose one lesson of many.
  std::array<std::atomic<double>, work_classes> correction_{1.0, 1.0};
};

}  // namespace shoal::compute
