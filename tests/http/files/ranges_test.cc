#include "http/files/ranges.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shoal::http {
namespace {

using list = std::vector<byte_range>;

list parts_of(std::string_view field, std::uint64_t size = 1000) {
  const auto choice = choose_ranges(field, size);
  EXPECT_EQ(choice.what(), range_choice::kind::parts) << field;
  return {choice.parts().begin(), choice.parts().end()};
}

void expect_whole(std::string_view field, std::uint64_t size = 1000) {
  EXPECT_EQ(choose_ranges(field, size).what(), range_choice::kind::whole) << field;
}

void expect_unsatisfiable(std::string_view field, std::uint64_t size = 1000) {
  EXPECT_EQ(choose_ranges(field, size).what(), range_choice::kind::unsatisfiable) << field;
}

TEST(Ranges, OneRangeIsOnePart) {
  EXPECT_EQ(parts_of("bytes=0-0"), (list{{0, 1}}));
  EXPECT_EQ(parts_of("bytes=0-499"), (list{{0, 500}}));
  EXPECT_EQ(parts_of("bytes=999-999"), (list{{999, 1}}));
  EXPECT_EQ(parts_of("BYTES=5-9"), (list{{5, 5}}));
}

TEST(Ranges, AnOpenOneGoesToTheEnd) {
  EXPECT_EQ(parts_of("bytes=0-"), (list{{0, 1000}}));
  EXPECT_EQ(parts_of("bytes=990-"), (list{{990, 10}}));
}

TEST(Ranges, ASuffixCountsFromTheEnd) {
  EXPECT_EQ(parts_of("bytes=-1"), (list{{999, 1}}));
  EXPECT_EQ(parts_of("bytes=-1000"), (list{{0, 1000}}));
  EXPECT_EQ(parts_of("bytes=-5000"), (list{{0, 1000}}));
}

TEST(Ranges, AnEndBehindTheFilesIsItsEnd) {
  EXPECT_EQ(parts_of("bytes=0-1000"), (list{{0, 1000}}));
  EXPECT_EQ(parts_of("bytes=0-18446744073709551615"), (list{{0, 1000}}));
  EXPECT_EQ(parts_of("bytes=5-99999999999999999999999999"), (list{{5, 995}}));
  EXPECT_EQ(parts_of("bytes=-99999999999999999999999999"), (list{{0, 1000}}));
  constexpr auto largest = std::uint64_t{1} << 63;
  EXPECT_EQ(parts_of("bytes=1-18446744073709551615", largest), (list{{1, largest - 1}}));
}

TEST(Ranges, SeveralKeepTheirOrder) {
  EXPECT_EQ(parts_of("bytes=500-599,0-9,-1"), (list{{500, 100}, {0, 10}, {999, 1}}));
  EXPECT_EQ(parts_of("bytes= 0-9 ,\t20-29 , "), (list{{0, 10}, {20, 10}}));
  EXPECT_EQ(parts_of("bytes=,,0-9,,"), (list{{0, 10}}));
  EXPECT_EQ(parts_of("bytes=0-9,10-19"), (list{{0, 10}, {10, 10}})) << "neighbours do not overlap";
}

TEST(Ranges, EightPartsAreFollowedAndNineAreNot) {
  std::string field = "bytes=0-0";
  for (int i = 2; i < 16; i += 2) field += "," + std::to_string(i) + "-" + std::to_string(i);
  EXPECT_EQ(parts_of(field).size(), 8U);
  expect_whole(field + ",100-100");
  EXPECT_EQ(parts_of(field + ",5000-5001").size(), 8U) << "one that cannot be satisfied is no part";
}

TEST(Ranges, ThoseThatOverlapGiveTheWhole) {
  expect_whole("bytes=0-9,9-10");
  expect_whole("bytes=5-6,0-9");
  expect_whole("bytes=0-,0-,0-,0-");
  expect_whole("bytes=0-0,-1000");
}

TEST(Ranges, BehindTheEndCannotBeSatisfied) {
  expect_unsatisfiable("bytes=1000-");
  expect_unsatisfiable("bytes=1000-1001");
  expect_unsatisfiable("bytes=99999999999999999999999999-");
  expect_unsatisfiable("bytes=-0");
  expect_unsatisfiable("bytes=-0,1000-,2000-3000");
  EXPECT_EQ(parts_of("bytes=1000-,0-9"), (list{{0, 10}})) << "one that can is enough";
}

TEST(Ranges, AnEmptyFileIsServedWhole) {
  expect_whole("bytes=0-", 0);
  expect_whole("bytes=-5", 0);
}

TEST(Ranges, WhatIsMalformedIsIgnored) {
  for (const char* field : {"",
                            "bytes",
                            "bytes=",
                            "bytes=,",
                            "bytes= ",
                            "bytes:0-1",
                            "bytes =0-1",
                            "items=0-1",
                            "bytes=-",
                            "bytes=a-b",
                            "bytes=0",
                            "bytes=1-0",
                            "bytes=0-1-2",
                            "bytes=--1",
                            "bytes=+0-1",
                            "bytes=0 -1",
                            "bytes=0- 1",
                            "bytes=0x0-1",
                            "bytes=0-9,oops",
                            "bytes=0-9;20-29",
                            "bytes=1000-999",
                            "bytes=0-9, bytes=20-29"}) {
    expect_whole(field);
  }
}

}  // namespace
}  // namespace shoal::http
