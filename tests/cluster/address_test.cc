#include "cluster/address.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

TEST(Address, IsShownAsItWasWritten) {
  for (const auto* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::]:80"}) {
    const auto a = parse_address(text);
    ASSERT_TRUE(a.ok()) << text;
    EXPECT_EQ(show(a.value()), text);
  }
}

TEST(Address, WhatIsNoneIsRefusedWithACure) {
  for (const auto* text : {"", "8080", "127.0.0.1", ":8080", "*:80", "localhost:80", "::1:80",
                           "[::1]", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:8o",
                           "1.2.3.256:80", "[1.2.3.4]:80", "[]:80"}) {
    const auto a = parse_address(text);
    ASSERT_FALSE(a.ok()) << text;
    EXPECT_FALSE(a.error().message.empty());
  }
  EXPECT_NE(parse_address("localhost:80").error().message.find("127.0.0.1"), std::string::npos);
}

}  // namespace
}  // namespace shoal::cluster
