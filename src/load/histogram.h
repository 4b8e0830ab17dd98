// Latencies, counted in log-linear buckets as HdrHistogram does: 1,024 buckets for each power of
// two, so that a value read back is at most 0.1 % above the one recorded (three digits), whatever
// its size. Adding two histograms loses nothing; averaging percentiles would.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace shoal::load {

/// Unit: nanoseconds, 0 to 2^40 - 1 (18 minutes); what is above counts as that. 240 KiB.
/// Threads: one. Cost: record is a few instructions and one increment.
class histogram final {
 public:
  static constexpr std::uint64_t highest = (std::uint64_t{1} << 40) - 1;

  void record(std::uint64_t ns, std::uint64_t times = 1) noexcept {
    if (ns > highest) ns = highest;
    counts_[bucket_of(ns)] += times;
    count_ += times;
    sum_ += ns * times;
    if (ns < least_) least_ = ns;
    if (ns > most_) most_ = ns;
  }

  void add(const histogram& other) noexcept;
  void clear() noexcept { *this = histogram(); }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] double mean() const noexcept;  ///< exact; 0 when empty
  [[nodiscard]] std::uint64_t least() const noexcept { return count_ == 0 ? 0 : least_; }
  [[nodiscard]] std::uint64_t most() const noexcept { return most_; }

  /// The smallest value that `percent` of all values do not exceed, rounded up to the end of its
  /// bucket but never above most(). 0 < percent <= 100; 0 when empty.
  [[nodiscard]] std::uint64_t percentile(double percent) const noexcept;

  /// Calls visit(highest value, count) for each bucket that is not empty, upwards.
  template <typename Visit>
  void for_each_bucket(Visit visit) const {
    for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
      if (counts_[bucket] != 0) visit(end_of(bucket), counts_[bucket]);
    }
  }

  /// The bucket a value falls into, and the highest value of a bucket.
  [[nodiscard]] static std::size_t bucket_of(std::uint64_t ns) noexcept {
    if (ns < 2 * half) return ns;
    const auto shift = static_cast<unsigned>(std::bit_width(ns)) - digits;
    return shift * half + (ns >> shift);
  }
  [[nodiscard]] static std::uint64_t end_of(std::size_t bucket) noexcept;

 private:
  static constexpr unsigned digits = 11;  // 2^10 buckets for each power of two: below 0.1 %
  static constexpr std::size_t half = std::size_t{1} << (digits - 1);
  static constexpr std::size_t buckets = (40 - digits + 2) * half;

  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t least_ = highest;
  std::uint64_t most_ = 0;
  std::array<std::uint64_t, buckets> counts_{};
};

}  // namespace shoal::load
