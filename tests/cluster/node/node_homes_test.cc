#include "cluster/node/node_homes.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "shm/slot_writer.h"

namespace shoal::cluster {
namespace {

/// A socket's number is the core where its packets come in; a negative one has none.
std::optional<std::uint32_t> its_number(int socket) noexcept {
  if (socket < 0) return std::nullopt;
  return static_cast<std::uint32_t>(socket);
}

/// Two cores on each of three nodes; the third has no process.
struct NodeHomes : testing::Test {
  NodeHomes() {
    for (unsigned id = 0; id < 6; ++id) machine.cores.push_back({.id = id, .node = id / 2});
    for (unsigned node = 0; node < 2; ++node) {
      placement.processes.push_back({.node = node, .cpus = {}, .workers = {{.node = node}}});
    }
    for (unsigned w = 0; w < 2; ++w) {
      writer(w).set_state(shm::worker_state::ready);
    }
  }

  shm::slot_writer writer(unsigned worker) { return {segment.slot(worker), {.node = worker}, now}; }

  topology::machine machine;
  topology::placement placement;
  monotonic_time now = read_clock();
  shm::page_table pages = shm::page_table::create(1).value();
  shm::load_segment segment = std::move(shm::load_segment::create(2, "test", read_clock()).value());
};

TEST_F(NodeHomes, AreNodesOfOthersWhereThePacketsComeIn) {
  const node_homes homes(machine, placement, segment, pages.of(0), 1, 1, its_number);
  EXPECT_EQ(homes.node_of(0), 0U);
  EXPECT_EQ(homes.node_of(1), 0U);
  EXPECT_EQ(homes.node_of(2), http::no_node) << "its own";
  EXPECT_EQ(homes.node_of(4), http::no_node) << "nobody serves there";
  EXPECT_EQ(homes.node_of(6), http::no_node) << "no such core";
  EXPECT_EQ(homes.node_of(-1), http::no_node);
  EXPECT_EQ(pages.of(0).near.load(), 1U) << "one of its own";
  EXPECT_EQ(pages.of(0).far.load(), 3U) << "two of others, one where nobody serves";
}

TEST_F(NodeHomes, AreNotWhereWorkersAreNotReady) {
  node_homes homes(machine, placement, segment, pages.of(0), 0, 0, its_number);
  EXPECT_TRUE(homes.may_go(1, now));
  writer(1).set_state(shm::worker_state::draining);
  EXPECT_FALSE(homes.may_go(1, now));
}

TEST_F(NodeHomes, TakeNoMoreThanSomeInATime) {
  node_homes homes(machine, placement, segment, pages.of(0), 0, 0, its_number);
  for (int round = 0; round < 3; ++round) {
    for (unsigned i = 0; i < node_homes::most_asked; ++i) EXPECT_TRUE(homes.may_go(1, now)) << i;
    EXPECT_FALSE(homes.may_go(1, now));
    EXPECT_FALSE(homes.may_go(1, now + node_homes::period - nanoseconds(1)));
    now += node_homes::period;
  }
}

TEST(IncomingCpu, IsUnknownForASocketThatNoPacketHasReached) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const descriptor one(ends[0]);
  const descriptor other(ends[1]);
  EXPECT_EQ(incoming_cpu(one.get()), std::nullopt);
  EXPECT_EQ(incoming_cpu(-1), std::nullopt);
}

}  // namespace
}  // namespace shoal::cluster
