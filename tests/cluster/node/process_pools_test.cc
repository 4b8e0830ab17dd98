#include "cluster/node/process_pools.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using topology::cpu_list;
using topology::node_place;

TEST(ProcessPools, AThreadComputesForEachCoreThatAWorkerIsPinnedTo) {
  const node_place place{.cpus = {0, 1, 2, 3}, .workers = {{.core = 3}, {.core = 1}}};
  EXPECT_EQ(cores_of_workers(place), (cpu_list{1, 3}));
  EXPECT_EQ(compute_threads_for(place, 0), 2U);
}

TEST(ProcessPools, WorkersThatShareACoreHaveOneThreadTogether) {
  const node_place place{.cpus = {0, 1}, .workers = {{.core = 0}, {.core = 1}, {.core = 0}}};
  EXPECT_EQ(cores_of_workers(place), (cpu_list{0, 1}));
  EXPECT_EQ(compute_threads_for(place, 0), 2U);
}

TEST(ProcessPools, UnpinnedWorkersHaveTheirNodesCores) {
  const node_place place{.cpus = {0, 1, 2, 3},
                         .workers = {{.core = 0, .pinned = false}, {.core = 1, .pinned = false}}};
  EXPECT_EQ(cores_of_workers(place), (cpu_list{0, 1, 2, 3}));
  EXPECT_EQ(compute_threads_for(place, 0), 2U);
}

TEST(ProcessPools, NeverMoreThreadsThanCores) {
  const node_place place{.cpus = {0, 1, 2, 3}, .workers = {{.core = 0}, {.core = 1}}};
  EXPECT_EQ(compute_threads_for(place, 1), 1U);
  EXPECT_EQ(compute_threads_for(place, 64), 2U);
}

}  // namespace
}  // namespace shoal::cluster
