#include "observe/log_pump.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "places.h"

namespace shoal::observe {
namespace {

using progress = log_pump::progress;

log_file open(const std::string& path) {
  auto file = log_file::open(path);
  SHOAL_CHECK(file.ok());
  return std::move(file).value();
}

struct two_rings {
  two_rings() {
    rings.emplace_back(1 << 18);
    rings.emplace_back(1 << 18);
  }
  std::deque<line_ring> rings;
};

TEST(LogPump, WritesWhatAllRingsHold) {
  const scratch_directory place;
  two_rings of;
  log_pump pump(of.rings, open(place / "log"));
  EXPECT_TRUE(pump.rings_empty());
  of.rings[0].append("one\n");
  of.rings[1].append("two\n");
  of.rings[0].append("three\n");
  EXPECT_FALSE(pump.rings_empty());
  EXPECT_EQ(pump.pump(), progress::done);
  EXPECT_EQ(contents_of(place / "log"), "one\nthree\ntwo\n");
  EXPECT_EQ(pump.dropped(), 0U);
}

TEST(LogPump, MoreThanABatchIsWrittenInSeveral) {
  const scratch_directory place;
  two_rings of;
  log_pump pump(of.rings, open(place / "log"));
  const auto line = std::string(999, 'x') + "\n";
  for (int i = 0; i < 260; ++i) of.rings[1].append(line);
  EXPECT_EQ(pump.pump(), progress::done);
  EXPECT_EQ(contents_of(place / "log").size(), 260'000U);
}

TEST(LogPump, AFullDiskDropsAndCountsAndHoldsNothing) {
  two_rings of;
  log_pump pump(of.rings, open("/dev/full"));
  for (int i = 0; i < 1000; ++i) of.rings[0].append("a line that nobody will read\n");
  EXPECT_EQ(pump.pump(), progress::done);
  EXPECT_TRUE(pump.rings_empty());
  EXPECT_EQ(pump.dropped(), 1000U);
  EXPECT_EQ(pump.reason(), ENOSPC);
}

TEST(LogPump, AFifoThatNobodyReadsBlocksItAndThenTheRingsDrop) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  two_rings of;
  log_pump pump(of.rings, open(pipe.path()));
  const auto line = std::string(999, 'x') + "\n";
  while (pump.pump() == progress::done) of.rings[0].append(line);
  EXPECT_EQ(pump.reason(), EAGAIN);
  while (of.rings[0].append(line) != line_ring::appended::dropped) {
  }
  EXPECT_EQ(pump.dropped(), 1U);
  // A reader comes: all that was kept arrives, in order and whole.
  std::size_t bytes = 0;
  for (auto state = progress::blocked; state == progress::blocked;) {
    bytes += pipe.read().size();
    state = pump.pump();
  }
  bytes += pipe.read().size();
  EXPECT_EQ(bytes % 1000, 0U);
  EXPECT_GT(bytes, 1U << 18);
  EXPECT_EQ(pump.dropped(), 1U);
}

TEST(LogPump, WhatABlockedFileWasGivenCanBeGivenUp) {
  const scratch_directory place;
  fifo pipe(place / "fifo");
  two_rings of;
  log_pump pump(of.rings, open(pipe.path()));
  const auto line = std::string(999, 'x') + "\n";
  std::uint64_t lines = 0;
  for (; pump.pump() == progress::done; ++lines) of.rings[0].append(line);
  of.rings[1].append(line);
  pump.give_up();
  EXPECT_TRUE(pump.rings_empty());
  EXPECT_EQ(pump.dropped() + pipe.read().size() / line.size(), lines + 1);
}

TEST(LogPump, LinesGoToTheFileOfTheirTime) {
  const scratch_directory place;
  two_rings of;
  log_pump pump(of.rings, open(place / "old"));
  of.rings[0].append("one\n");
  EXPECT_EQ(pump.pump(), progress::done);
  pump.change_file(open(place / "new"));
  of.rings[0].append("two\n");
  EXPECT_EQ(pump.pump(), progress::done);
  EXPECT_EQ(contents_of(place / "old"), "one\n");
  EXPECT_EQ(contents_of(place / "new"), "two\n");
}

}  // namespace
}  // namespace shoal::observe
