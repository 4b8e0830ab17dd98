#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

namespace shoal {

/// A number that all workers of all processes share: requests of everybody, tickets, a quota.
///
///   shoal::shared_counter visits;
///   app.get<"/">([&](shoal::context&) { return "visit " + std::to_string(visits.add()) + "\n"; });
///
/// Made before app.run(), which forks: every process has it, those of a reload too. The number
/// outlives crashes and reloads, and ends with the supervisor. An addition is there or it is not,
/// whenever its process is killed. What has to be taken back (add(-1) when a request ends) stays
/// when its process is killed before.
///
/// Errors    the constructor throws std::runtime_error where there is no memory
/// Threads   any, without locks
/// Lifetime  longer than the app's run()
/// Cost      an addition is one locked instruction on a cache line that another core may have; a
///           page of memory. shoal::shared_map is for counters by key, shoal::rate_limit for rates
class shared_counter final {
 public:
  explicit shared_counter(std::int64_t first = 0);
  ~shared_counter();
  shared_counter(const shared_counter&) = delete;
  shared_counter& operator=(const shared_counter&) = delete;

  /// Returns what it makes; nobody else is given the same number by additions of one sign.
  std::int64_t add(std::int64_t n = 1) noexcept {
    return static_cast<std::int64_t>(
        static_cast<std::uint64_t>(number_->fetch_add(n, std::memory_order_relaxed)) +
        static_cast<std::uint64_t>(n));
  }

  /// Adds n > 0 if that makes `most` at most; false: it would be more, and nothing has changed.
  [[nodiscard]] bool try_add(std::int64_t n, std::int64_t most) noexcept;

  [[nodiscard]] std::int64_t value() const noexcept {
    return number_->load(std::memory_order_relaxed);
  }

  /// Returns what it was: none of it is lost, and none is counted twice.
  std::int64_t exchange(std::int64_t n) noexcept {
    return number_->exchange(n, std::memory_order_relaxed);
  }

 private:
  using number = std::atomic<std::int64_t>;
  static_assert(number::is_always_lock_free, "a lock could outlive its owner");

  struct memory;

  std::unique_ptr<const memory> memory_;
  number* number_;
};

}  // namespace shoal
