#include <gtest/gtest.h>

#include <vector>

#include "dispatch/least_loaded.h"

namespace shoal::dispatch {
namespace {

std::vector<candidate> equals(unsigned n) { return std::vector<candidate>(n, {.eligible = true}); }

TEST(LeastLoaded, TakesTheLeastForItsWeight) {
  std::vector<candidate> all = equals(3);
  all[0].work_us = 10;
  all[1].work_us = 30;
  all[1].weight = 4;
  all[2].work_us = 9;
  EXPECT_EQ(least_loaded(all, {}), 1U);
}

}  // namespace
}  // namespace shoal::dispatch
