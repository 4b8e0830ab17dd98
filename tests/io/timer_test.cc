#include "io/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"

namespace shoal::io {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::milliseconds;

class test_timer final : public timer {
 public:
  void expired() noexcept override {
    if (action) action();
  }
  std::function<void()> action;
};

class timer_test : public testing::Test {
 protected:
  timer_test() = default;
  ~timer_test() override {
    for (auto& t : timers_) wheel_.cancel(*t);
  }

  test_timer& start(nanoseconds delay) {
    test_timer& t = make();
    wheel_.start(t, now_ + delay);
    return t;
  }
  test_timer& make() {
    const int id = static_cast<int>(timers_.size());
    timers_.push_back(std::make_unique<test_timer>());
    timers_.back()->action = [this, id] { expired_.push_back(id); };
    return *timers_.back();
  }
  void pass(nanoseconds time) {
    now_ += time;
    wheel_.advance(now_);
  }

  monotonic_time now_{std::chrono::hours{1}};
  timer_wheel wheel_{now_};
  std::vector<std::unique_ptr<test_timer>> timers_;
  std::vector<int> expired_;
};

TEST_F(timer_test, AnEmptyWheelNeverHasAnythingToDo) {
  EXPECT_TRUE(wheel_.empty());
  EXPECT_EQ(wheel_.next(), never);
  pass(days{1000});
  EXPECT_EQ(wheel_.next(), never);
}

TEST_F(timer_test, ATimerExpiresOnceAndNotEarly) {
  start(milliseconds{5});
  pass(milliseconds{4});
  EXPECT_TRUE(expired_.empty());
  pass(milliseconds{1});
  EXPECT_EQ(expired_, std::vector<int>{0});
  pass(days{1});
  EXPECT_EQ(expired_.size(), 1U);
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(timer_test, ADeadlineBetweenTicksWaitsForTheNextTick) {
  start(microseconds{4001});
  pass(microseconds{4500});
  EXPECT_TRUE(expired_.empty());
  pass(microseconds{500});
  EXPECT_EQ(expired_.size(), 1U);
}

TEST_F(timer_test, ADeadlineInThePastExpiresAtTheNextAdvance) {
  pass(milliseconds{100});
  start(milliseconds{-50});
  start(nanoseconds{0});
  EXPECT_LE(wheel_.next(), now_);
  pass(nanoseconds{0});
  EXPECT_EQ(expired_, (std::vector<int>{0, 1}));
}

TEST_F(timer_test, TimersOfOneTickExpireInTheOrderTheyWereStarted) {
  constexpr milliseconds deadline{5000};
  start(deadline);  // from far away: level 2
  pass(milliseconds{4096});
  start(deadline - milliseconds{4096});
  pass(milliseconds{900});
  start(deadline - milliseconds{4996});  // level 0 or 1
  pass(milliseconds{4});
  EXPECT_EQ(expired_, (std::vector<int>{0, 1, 2}));
}

TEST_F(timer_test, ATimerCanCancelAnotherThatExpiresInTheSameAdvance) {
  test_timer& first = start(milliseconds{3});
  test_timer& second = start(milliseconds{3});
  test_timer& third = start(milliseconds{7});
  first.action = [&] {
    wheel_.cancel(second);
    wheel_.cancel(third);
  };
  pass(milliseconds{10});
  EXPECT_TRUE(expired_.empty());
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(timer_test, ATimerThatRestartsItselfInThePastWaitsForTheNextAdvance) {
  test_timer& t = start(milliseconds{1});
  int runs = 0;
  t.action = [&] {
    EXPECT_FALSE(t.pending());
    ++runs;
    wheel_.start(t, t.when() + milliseconds{1});
  };
  pass(milliseconds{100});
  EXPECT_EQ(runs, 1);
  pass(nanoseconds{0});
  EXPECT_EQ(runs, 2);
}

TEST_F(timer_test, NextIsNeverLaterThanTheFirstTimerAndIsReachedInAFewSteps) {
  start(std::chrono::hours{100});
  int steps = 0;
  while (expired_.empty()) {
    ASSERT_LE(wheel_.next(), timers_[0]->when());
    ASSERT_GT(wheel_.next(), now_);
    pass(wheel_.next() - now_);
    ASSERT_LT(++steps, 10);
  }
  EXPECT_EQ(now_, timers_[0]->when());
}

TEST_F(timer_test, TheLastTimeOfTheClockIsKept) {
  test_timer& t = make();
  wheel_.start(t, never);
  pass(days{100'000});
  EXPECT_TRUE(expired_.empty());
  EXPECT_TRUE(t.pending());
  EXPECT_GT(wheel_.next(), now_);
  wheel_.cancel(t);
  EXPECT_EQ(wheel_.next(), never);
}

TEST_F(timer_test, ATimeThatGoesBackExpiresOnlyWhatIsDue) {
  pass(milliseconds{50});
  start(milliseconds{-1});
  start(milliseconds{1});
  pass(milliseconds{-40});
  EXPECT_EQ(expired_, std::vector<int>{0});
}

// The wheel against a sorted map. Timers act when they expire: some restart themselves, some cancel
// another.
class timer_property_test : public testing::Test {
 protected:
  static constexpr int timer_count = 200;
  static constexpr nanoseconds tick{1'000'000};

  struct subject final : timer {
    timer_property_test* test = nullptr;
    int id = 0;
    void expired() noexcept override { test->on_expired(*this); }
  };

  // Key: the tick at which it must expire, then the order of starts.
  using key = std::pair<std::int64_t, std::uint64_t>;

  timer_property_test() {
    if (const char* text = std::getenv("SHOAL_SEED")) seed_ = std::strtoull(text, nullptr, 0);
    for (int i = 0; i < timer_count; ++i) {
      subjects_[i].test = this;
      subjects_[i].id = i;
    }
  }
  ~timer_property_test() override {
    for (auto& s : subjects_) wheel_.cancel(s);
  }

  [[nodiscard]] std::int64_t tick_now() const { return (now_ - origin_) / tick; }

  void start(subject& s, monotonic_time when) {
    const std::int64_t due = (when - origin_ + tick - nanoseconds{1}) / tick;
    const key k{std::max(due, tick_now()), ++starts_};
    model_.emplace(k, s.id);
    keys_[s.id] = k;
    wheel_.start(s, when);
  }
  void cancel(subject& s) {
    if (s.pending()) model_.erase(keys_[s.id]);
    wheel_.cancel(s);
  }
  nanoseconds random_span() {
    // Magnitudes evenly from 1 ns to 12 days.
    return nanoseconds{static_cast<std::int64_t>(random_.next() >> (14 + random_.below(50)))};
  }
  void on_expired(subject& s) {
    ASSERT_FALSE(model_.empty());
    ASSERT_EQ(model_.begin()->second, s.id) << "out of order";
    ASSERT_LE(s.when(), now_) << "early";
    ASSERT_LT(keys_[s.id].second, first_new_start_) << "started in this advance";
    model_.erase(model_.begin());
    ++expirations_;
    if (random_.one_in(4)) start(s, now_ + random_span() - random_span());
    if (random_.one_in(4)) cancel(subjects_[random_.below(timer_count)]);
  }
  void advance() {
    if (random_.one_in(3) && wheel_.next() != never)
      now_ = std::max(now_, wheel_.next());
    else
      now_ += random_span();
    first_new_start_ = starts_ + 1;
    wheel_.advance(now_);
    for (const auto& [k, id] : model_) {
      if (k.second >= first_new_start_) continue;
      ASSERT_GT(k.first, tick_now()) << "late: timer " << id;
    }
  }
  void check_next() {
    ASSERT_EQ(wheel_.empty(), model_.empty());
    if (model_.empty()) {
      ASSERT_EQ(wheel_.next(), never);
      return;
    }
    ASSERT_LE(wheel_.next(), origin_ + model_.begin()->first.first * tick);
  }

  std::uint64_t seed_ = 20261124;
  random_source random_{seed_};
  const monotonic_time origin_{nanoseconds{123'456'789}};
  monotonic_time now_ = origin_;
  timer_wheel wheel_{origin_};
  std::array<subject, timer_count> subjects_;
  std::array<key, timer_count> keys_{};
  std::map<key, int> model_;
  std::uint64_t starts_ = 0;
  std::uint64_t first_new_start_ = 0;
  int expirations_ = 0;
};

TEST_F(timer_property_test, BehavesLikeASortedListFromNanosecondsToDays) {
  SCOPED_TRACE(testing::Message() << "SHOAL_SEED=" << seed_);
  random_ = random_source{seed_};
  for (int step = 0; step < 50'000 && !HasFatalFailure(); ++step) {
    subject& s = subjects_[random_.below(timer_count)];
    switch (random_.below(8)) {
      case 0:
        advance();
        break;
      case 1:
        cancel(s);
        break;
      default:
        if (!s.pending()) start(s, now_ + random_span() - nanoseconds{random_.one_in(16) * tick});
    }
    check_next();
  }
  EXPECT_GT(expirations_, 5'000);
}

}  // namespace
}  // namespace shoal::io
