// Every order in which threads can fill and empty a queue and sleep while it is empty, as far as
// sequential consistency goes. What runs is compute/event_count.h as it is, over words that hand
// over to a scheduler at each access; around it, in small, what compute/job_queue.cc does with it.
#include "compute/event_count.h"

#include <gtest/gtest.h>

#include <functional>
#include <iostream>
#include <memory>
#include <vector>

#include "support/interleavings.h"

namespace shoal::compute {
namespace {

using test::interleavings;
using test::model_atomic;

constexpr auto relaxed = std::memory_order_relaxed;

interleavings& scheduler() { return *interleavings::current(); }
void require(bool holds, const char* what) { scheduler().require(holds, what); }

/// What the kernel knows of the threads of one world.
struct kernel {
  explicit kernel(unsigned all) : threads(all) {
    for (const auto* word : {&entered, &woken, &finished}) scheduler().watch(*word);
    current() = this;
  }
  static kernel*& current() {
    static kernel* now = nullptr;
    return now;
  }
  void finish() {
    scheduler().step();
    ++finished;
  }

  const std::uint64_t threads;
  std::uint64_t entered = 0;  // its sleep, ever; whoever did so first is woken first
  std::uint64_t woken = 0;
  std::uint64_t finished = 0;
};

/// Wakes who was woken and nobody else: a wake that is lost is a thread that sleeps for ever.
struct model_futex {
  static bool wait(model_atomic<std::uint32_t>& word, std::uint32_t value, monotonic_time) {
    auto& k = *kernel::current();
    if (word.load(relaxed) != value) return true;
    scheduler().note(k.entered);
    const std::uint64_t ticket = ++k.entered;  // in one step with the look at the word
    const auto woken = [&k, ticket] { return k.woken >= ticket; };
    scheduler().wait_until(
        [&] { return woken() || k.entered - k.woken + k.finished == k.threads; });
    if (woken()) return true;
    ++k.woken;
    require(false, "a thread sleeps, and nobody is left to wake it");
    return false;
  }
  static void wake_one(model_atomic<std::uint32_t>&) {
    auto& k = *kernel::current();
    scheduler().step();
    if (k.woken < k.entered) ++k.woken;
  }
};

/// Stands for a queue: how many elements are in it. compute/ring.h has a test of its own.
class counted {
 public:
  counted() { scheduler().watch(count_); }
  void push() {
    scheduler().step();
    ++count_;
  }
  bool pop() {
    scheduler().step();
    const bool found = count_ > 0;
    if (found) --count_;
    scheduler().note(found ? 1 : 0);
    return found;
  }
  [[nodiscard]] bool empty() const {
    scheduler().step();
    scheduler().note(count_ > 0 ? 1 : 0);
    return count_ == 0;
  }

 private:
  std::uint64_t count_ = 0;
};

struct size {
  unsigned fillers = 1;
  unsigned each_fills = 1;
  unsigned takers = 1;
  unsigned visitors = 0;
  unsigned each_takes = 1;
};

enum class flaw : std::uint8_t { none, no_second_look, wakes_before_it_fills };

template <flaw Flaw>
class world {
 public:
  explicit world(const size& of) : of_(of), kernel_(of.fillers + of.takers + of.visitors) {}

  void fill() {
    for (unsigned left = of_.each_fills; left > 0; --left) {
      arrive(left, 0);
      if (Flaw == flaw::wakes_before_it_fills) sleepers_.wake_one();
      queue_.push();
      arrive(left, 1);
      if (Flaw != flaw::wakes_before_it_fills) sleepers_.wake_one();
    }
    kernel_.finish();
  }

  /// Ends with a fault if it comes to sleep for ever.
  void take_some() {
    for (unsigned left = of_.each_takes; left > 0; --left) take(left);
    kernel_.finish();
  }

  /// One whose patience ends. What it was woken for is somebody else's.
  void visit() {
    sleepers_.prepare();
    arrive(1, 2);
    sleepers_.cancel();
    arrive(1, 3);
    wake_next();
    kernel_.finish();
  }

 private:
  void take(unsigned left) {
    while (scheduler().fault().empty()) {
      arrive(left, 0);
      if (take_one(left)) break;
    }
    arrive(left, 3);
    wake_next();
  }

  void wake_next() {
    if (!queue_.empty()) sleepers_.wake_one();
  }

  bool take_one(unsigned left) {
    if (queue_.pop()) return true;
    arrive(left, 1);
    sleepers_.prepare();
    const bool found = Flaw != flaw::no_second_look && queue_.pop();
    arrive(left, found ? 4 : 2);
    if (found) {
      sleepers_.cancel();
    } else {
      sleepers_.wait();
    }
    return found;
  }

  /// What a thread has to do yet, and where it is in that, is all that it knows there.
  static void arrive(unsigned left, unsigned place) { scheduler().arrive(left * 8 + place); }

  const size of_;
  kernel kernel_;
  counted queue_;
  basic_event_count<model_atomic, model_futex> sleepers_;
};

template <flaw Flaw = flaw::none>
std::string explore(const size& of) {
  interleavings all(of.fillers + of.takers + of.visitors);
  std::unique_ptr<world<Flaw>> now;
  const auto prepare = [&] {
    now = std::make_unique<world<Flaw>>(of);
    std::vector<std::function<void()>> bodies;
    while (bodies.size() < of.fillers) bodies.emplace_back([&] { now->fill(); });
    while (bodies.size() < of.fillers + of.takers) bodies.emplace_back([&] { now->take_some(); });
    for (unsigned i = 0; i < of.visitors; ++i) bodies.emplace_back([&] { now->visit(); });
    return bodies;
  };
  all.explore(prepare, [] {});
  std::cout << all.runs() << " runs through " << all.states() << " states\n";
  return all.fault();
}

TEST(EventCount, OneWhoTakesTwiceMissesNothing) {
  EXPECT_EQ(explore({.each_fills = 2, .each_takes = 2}), "");
}

// With two that take one each of two: 225,977 runs, as safe, and half a minute.
TEST(EventCount, WhoGoesAwayTakesNobodysWakeAlong) { EXPECT_EQ(explore({.visitors = 1}), ""); }

TEST(EventCount, TwoWhoFillAreBothHeard) {
  EXPECT_EQ(explore({.fillers = 2, .each_takes = 2}), "");
}

TEST(EventCount, OtherOrdersAreFoundOut) {
  EXPECT_NE(explore<flaw::no_second_look>({}), "");
  EXPECT_NE(explore<flaw::wakes_before_it_fills>({}), "");
}

}  // namespace
}  // namespace shoal::compute
