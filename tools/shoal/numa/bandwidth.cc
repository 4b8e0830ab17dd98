#include "numa/bandwidth.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"

namespace shoal::numa {
namespace {

/// As wide as every core of the architecture can load, several under way.
using lane = std::uint64_t __attribute__((vector_size(16), may_alias));
constexpr std::size_t lanes = 8;

void read_all(const std::byte* from, std::uint64_t bytes) noexcept {
  lane sums[lanes]{};
  const auto* at = reinterpret_cast<const lane*>(from);
  for (std::uint64_t left = bytes / sizeof sums; left > 0; --left, at += lanes) {
    for (std::size_t i = 0; i < lanes; ++i) sums[i] += at[i];
  }
  asm volatile("" : : "r"(sums) : "memory");  // somebody wants to know them
}

void pass(std::byte* memory, std::uint64_t bytes, motion kind) noexcept {
  switch (kind) {
    case motion::read:
      read_all(memory, bytes);
      break;
    case motion::write:
      std::memset(memory, 0x5a, bytes);
      break;
    case motion::copy:
      std::memcpy(memory, memory + bytes / 2, bytes / 2);
      break;
  }
  // Whatever was written, somebody reads it.
  asm volatile("" : : "r"(memory) : "memory");
}

std::uint64_t moved_by(std::uint64_t bytes, motion kind) noexcept {
  return kind == motion::copy ? bytes / 2 : bytes;
}

double rate(std::uint64_t moved, nanoseconds took) noexcept {
  return static_cast<double>(moved) * 1e9 /
         static_cast<double>(std::max<nanoseconds::rep>(took.count(), 1));
}

/// Threads that begin together. Each looks at the clock itself: who only waits for them comes to
/// run when a core is free, which is late where all of them work.
class crew final {
 public:
  crew(unsigned members, std::uint64_t bytes_each)
      : bytes_(bytes_each), gate_(static_cast<std::ptrdiff_t>(members) + 1), spans_(members) {}

  /// What member number `who` does: each motion so many times, in turn, when the gate opens.
  result<void> work(std::size_t who, unsigned repeats) {
    auto memory = arena::reserve(bytes_, page_kind::huge);
    if (memory) memory.value().touch();
    for (unsigned i = 0; i < repeats * std::size(motions); ++i) {
      gate_.arrive_and_wait();
      spans_[who].began = read_clock();
      if (memory && !stopped_.load(std::memory_order_relaxed)) {
        pass(memory.value().data(), bytes_, motions[i % std::size(motions)]);
      }
      spans_[who].ended = read_clock();
      gate_.arrive_and_wait();
    }
    return memory ? result<void>() : memory.error();
  }

  /// One who could not begin; the others must not wait for it.
  void leave() { gate_.arrive_and_drop(); }

  /// From the first one's beginning to the last one's end.
  nanoseconds time_one() {
    gate_.arrive_and_wait();
    gate_.arrive_and_wait();
    span all{never, {}};
    for (const span& each : spans_) {
      all = {std::min(all.began, each.began), std::max(all.ended, each.ended)};
    }
    return all.ended - all.began;
  }

  /// What is still to come is passed over.
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  struct alignas(128) span {
    monotonic_time began = never;
    monotonic_time ended{};
  };

  const std::uint64_t bytes_;
  std::barrier<> gate_;               // members are done when it opens for whoever reads spans
  std::vector<span> spans_;           // each written by its member alone, between two gates
  std::atomic<bool> stopped_{false};  // the timing thread writes it, the members read it
};

/// The first of several threads' errors.
class first_error final {
 public:
  void note(const result<void>& outcome) {
    const std::lock_guard held(lock_);
    if (!outcome && !error_) error_ = outcome.error();
  }
  [[nodiscard]] const std::optional<error>& get() const noexcept { return error_; }

 private:
  std::mutex lock_;
  std::optional<error> error_;
};

}  // namespace

double bandwidth_of(const arena& memory, std::uint64_t bytes, motion kind,
                    std::uint64_t least_moved) noexcept {
  const std::uint64_t each = moved_by(bytes, kind);
  const std::uint64_t passes = std::max<std::uint64_t>((least_moved + each - 1) / each, 1);
  const auto began = read_clock();
  for (std::uint64_t i = 0; i < passes; ++i) pass(memory.data(), bytes, kind);
  return rate(passes * each, read_clock() - began);
}

result<std::vector<std::vector<double>>> bandwidth_together(
    const topology::machine& machine, const topology::cpu_list& cpus, unsigned memory_node,
    std::uint64_t bytes_each, unsigned repeats, const std::function<bool()>& stop) {
  crew all(static_cast<unsigned>(cpus.size()), bytes_each);
  first_error failed;
  std::vector<std::thread> threads;
  for (std::size_t who = 0; who < cpus.size(); ++who) {
    threads.emplace_back([&, who] {
      bool began = false;
      failed.note(on_core(machine, {cpus[who], memory_node}, [&] {
        began = true;
        return all.work(who, repeats);
      }));
      if (!began) all.leave();
    });
  }
  std::vector<std::vector<double>> values(std::size(motions));
  const std::uint64_t moved = bytes_each * cpus.size();
  for (unsigned i = 0; i < repeats * std::size(motions); ++i) {
    if (stop()) all.stop();
    const std::size_t kind = i % std::size(motions);
    values[kind].push_back(rate(moved_by(moved, motions[kind]), all.time_one()));
  }
  for (auto& thread : threads) thread.join();
  if (failed.get()) return *failed.get();
  if (stop()) return error{EINTR, "interrupted"};
  return values;
}

}  // namespace shoal::numa
