#include "http/files/accept_encoding.h"

#include <gtest/gtest.h>

namespace shoal::http {
namespace {

using enum coding;

std::optional<coding> all(std::optional<std::string_view> field) {
  return parse_accept_encoding(field).best();
}

TEST(AcceptEncoding, WithoutAFieldOrWithAnEmptyOneNothingIsEncoded) {
  EXPECT_EQ(all({}), identity);
  EXPECT_EQ(all(""), identity);
  EXPECT_EQ(all("deflate, zstd"), identity);
}

TEST(AcceptEncoding, OfThoseLikedEquallyTheDearestWins) {
  EXPECT_EQ(all("gzip, deflate, br, zstd"), br);
  EXPECT_EQ(all("gzip, deflate"), gzip);
  EXPECT_EQ(all("identity, gzip"), gzip);
  EXPECT_EQ(all("x-gzip"), gzip);
  EXPECT_EQ(all("GZIP"), gzip);
}

TEST(AcceptEncoding, TheHigherWeightWins) {
  EXPECT_EQ(all("br;q=0.5, gzip;q=0.9"), gzip);
  EXPECT_EQ(all("br;q=0.899,gzip;q=0.9"), gzip);
  EXPECT_EQ(all("gzip;q=0.5, identity"), identity);
  EXPECT_EQ(all("gzip;q=0.001"), gzip) << "named, so it goes before identity, which is not";
  EXPECT_EQ(all("gzip ; Q=0.001 , br\t;\tq=0"), gzip);
}

TEST(AcceptEncoding, WeightZeroExcludes) {
  EXPECT_EQ(all("gzip;q=0, br;q=0.0"), identity);
  EXPECT_EQ(all("identity;q=0"), std::nullopt);
  EXPECT_EQ(all("identity;q=0, gzip"), gzip);
  EXPECT_EQ(all("*;q=0"), std::nullopt);
  EXPECT_EQ(all("*;q=0, identity"), identity);
}

TEST(AcceptEncoding, AStarIsWhateverIsNotNamed) {
  EXPECT_EQ(all("*"), br);
  EXPECT_EQ(all("*, br;q=0"), gzip);
  EXPECT_EQ(all("*;q=0.5, gzip"), gzip);
  EXPECT_EQ(all("gzip;q=0.1, *;q=0.2"), br);
}

TEST(AcceptEncoding, AnElementThatIsMalformedIsLeftOut) {
  for (const char* field : {"gzip;q=2", "gzip;q=1.001", "gzip;q=0.1234", "gzip;q=", "gzip;q=a",
                            "gzip;q", "gzip;x=1", "gzip;q=-1", "gz ip", ";q=1"}) {
    EXPECT_EQ(all(field), identity) << field;
  }
  EXPECT_EQ(all("gzip;q=2, br"), br);
}

TEST(AcceptEncoding, WhatIsNotThereIsNotChosen) {
  auto accepted = parse_accept_encoding("br, gzip;q=0.5, identity;q=0");
  accepted.exclude(br);
  EXPECT_EQ(accepted.best(), gzip);
  accepted.exclude(gzip);
  EXPECT_EQ(accepted.best(), std::nullopt);
}

}  // namespace
}  // namespace shoal::http
