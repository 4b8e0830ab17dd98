#include "compute/class_share.h"

#include <gtest/gtest.h>

namespace shoal::compute {
namespace {

using std::chrono::milliseconds;

struct used {
  nanoseconds latency{0};
  nanoseconds bulk{0};
};

/// Jobs of both classes wait, whatever is taken out.
used share_for(class_share& share, nanoseconds time, nanoseconds latency_job,
               nanoseconds bulk_job) {
  used sum;
  while (sum.latency + sum.bulk < time) {
    const work_class next = share.next();
    const nanoseconds took = next == work_class::latency ? latency_job : bulk_job;
    share.charge(next, took);
    (next == work_class::latency ? sum.latency : sum.bulk) += took;
  }
  return sum;
}

TEST(ClassShare, WhereNobodyHasHadAnythingLatencyIsFirst) {
  EXPECT_EQ(class_share().next(), work_class::latency);
}

TEST(ClassShare, EachGetsItsPartOfTheTimeWhateverItsJobsTake) {
  for (const auto bulk_job : {milliseconds(1), milliseconds(20), milliseconds(200)}) {
    class_share share;
    const used sum = share_for(share, milliseconds(90'000), milliseconds(5), bulk_job);
    EXPECT_NEAR(static_cast<double>(sum.bulk.count()) / 1e9, 10.0, 0.21) << bulk_job.count();
  }
}

TEST(ClassShare, AThreadThatChoosesSeesWhatOthersHaveBegun) {
  class_share share;
  share.charge(work_class::latency, milliseconds(10));
  EXPECT_EQ(share.next(), work_class::bulk);
  share.charge(work_class::bulk, milliseconds(10));  // predicted: it runs now
  EXPECT_EQ(share.next(), work_class::latency);
  share.charge(work_class::bulk, milliseconds(1) - milliseconds(10));  // it took 1
  EXPECT_EQ(share.next(), work_class::bulk);
}

}  // namespace
}  // namespace shoal::compute
