// A turn: what wait() and deliver() promise, and what wakes them.
#include "conformance.h"

namespace shoal::io::conformance {
namespace {

class Turn : public conformance {};

TEST_P(Turn, TimeStandsStillWithinATurn) {
  turn({});
  const monotonic_time before = io().now();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(io().now(), before);
}

SHOAL_CONFORMANCE(Turn);

}  // namespace
}  // namespace shoal::io::conformance
