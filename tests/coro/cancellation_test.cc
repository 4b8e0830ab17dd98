#include "shoal/coro/cancellation.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

class listener final : public cancellation_callback {
 public:
  explicit listener(std::vector<listener*>* order = nullptr) : order_(order) {}
  using cancellation_callback::unwatch;
  using cancellation_callback::watch;

  int times = 0;
  listener* unwatches = nullptr;

 private:
  void cancelled() noexcept override {
    ++times;
    if (order_ != nullptr) order_->push_back(this);
    if (unwatches != nullptr) unwatches->unwatch();
  }

  std::vector<listener*>* order_;
};

TEST(Cancellation, IsNotRequestedUntilItIs) {
  cancellation source;
  const auto token = source.token();
  EXPECT_FALSE(token.requested());
  source.cancel();
  EXPECT_TRUE(token.requested());
}

TEST(Cancellation, OfADefaultTokenNeverComes) {
  const cancellation_token token;
  listener l;
  EXPECT_FALSE(token.requested());
  EXPECT_TRUE(l.watch(token));
}

TEST(Cancellation, TellsEachThatWatchesOnce) {
  cancellation source;
  listener first;
  listener second;
  EXPECT_TRUE(first.watch(source.token()));
  EXPECT_TRUE(second.watch(source.token()));
  source.cancel();
  source.cancel();
  EXPECT_EQ(first.times, 1);
  EXPECT_EQ(second.times, 1);
}

TEST(Cancellation, RefusesToBeWatchedOnceRequested) {
  cancellation source;
  source.cancel();
  listener l;
  EXPECT_FALSE(l.watch(source.token()));
  EXPECT_EQ(l.times, 0);
}

TEST(Cancellation, DoesNotTellThoseThatLeftOrDied) {
  cancellation source;
  listener stays;
  listener leaves;
  EXPECT_TRUE(leaves.watch(source.token()));
  EXPECT_TRUE(stays.watch(source.token()));
  {
    listener dies;
    EXPECT_TRUE(dies.watch(source.token()));
  }
  leaves.unwatch();
  source.cancel();
  EXPECT_EQ(leaves.times, 0);
  EXPECT_EQ(stays.times, 1);
}

TEST(Cancellation, LetsACallbackTakeAnotherOut) {
  cancellation source;
  std::vector<listener*> order;
  listener first(&order);
  listener second(&order);
  first.unwatches = &second;
  second.unwatches = &first;
  EXPECT_TRUE(first.watch(source.token()));
  EXPECT_TRUE(second.watch(source.token()));
  source.cancel();
  EXPECT_EQ(order.size(), 1U);
}

TEST(Cancellation, SourceThatEndsLetsItsWatchersGo) {
  listener l;
  {
    cancellation source;
    EXPECT_TRUE(l.watch(source.token()));
  }
  cancellation other;
  EXPECT_TRUE(l.watch(other.token()));
  other.cancel();
  EXPECT_EQ(l.times, 1);
}

}  // namespace
}  // namespace shoal
