#include "shoal/io/address.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "io/socket_address.h"

namespace shoal::tcp {
namespace {

TEST(address_test, WhatIsReadIsWrittenAgain) {
  for (const char* text : {"127.0.0.1:80", "0.0.0.0:0", "255.255.255.255:65535", "[::1]:8080",
                           "[2001:db8::7]:1", "unix:/run/x.sock", "unix:relative"}) {
    EXPECT_EQ(address(text).text(), text);
  }
}

TEST(address_test, WhatIsNoAddressIsRefusedWithACure) {
  for (const char* text : {"", ":", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                           "127.0.0.1:-1", "127.0.0.1:8x", "127.1:80", "localhost:80", "::1:80",
                           "[::1]", "[::1:80", "[]:80", "unix:", " 127.0.0.1:80"}) {
    EXPECT_FALSE(address::parse(text)) << text;
  }
  EXPECT_FALSE(address::parse("unix:" + std::string(108, 'a')));
  EXPECT_TRUE(address::parse("unix:" + std::string(107, 'a')));
  try {
    address("localhost:80");
    FAIL();
  } catch (const std::invalid_argument& wrong) {
    EXPECT_NE(std::string(wrong.what()).find("write 127.0.0.1:80"), std::string::npos);
  }
}

TEST(address_test, TheKernelsFormComesBack) {
  for (const char* text : {"127.0.0.1:80", "[::1]:8080", "unix:/run/x.sock"}) {
    EXPECT_EQ(address(address(text).for_driver()), address(text));
  }
  EXPECT_NE(address("127.0.0.1:80"), address("127.0.0.1:81"));
  EXPECT_EQ(address().text(), "nowhere");
}

}  // namespace
}  // namespace shoal::tcp
