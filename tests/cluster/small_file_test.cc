#include "cluster/small_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

TEST(SmallFile, IsReadWholeUpToItsLimit) {
  const testing::scratch_directory place;
  const auto path = place.write("file", std::string("four", 4));
  EXPECT_EQ(read_small_file(path, 4).value(), "four");
  EXPECT_EQ(read_small_file(path, 3).error().message,
            "cannot read " + path + ": it has more than 3B");
  EXPECT_EQ(read_small_file(place.write("empty", ""), 0).value(), "");
}

TEST(SmallFile, OneThatIsNotThereIsNamed) {
  EXPECT_EQ(read_small_file("/nonexistent/file", 9).error().message,
            "cannot read /nonexistent/file: No such file or directory");
}

TEST(SmallFile, WhatIsNoFileIsRefusedAndNotWaitedFor) {
  const testing::scratch_directory place;
  EXPECT_EQ(read_small_file("/tmp", 9).error().message, "cannot read /tmp: it is a directory");
  EXPECT_EQ(read_small_file("/dev/zero", 9).error().message,
            "cannot read /dev/zero: it is no regular file");
  ASSERT_EQ(::mkfifo((place / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_small_file(place / "fifo", 9).ok());
}

}  // namespace
}  // namespace shoal::cluster
