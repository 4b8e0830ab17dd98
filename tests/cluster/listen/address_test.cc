#include "cluster/listen/address.h"

#include <gtest/gtest.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>

#include "base/descriptor.h"

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

TEST(Address, OfASocketIsWhatItIsBoundTo) {
  const descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(show(address_of(socket.get()).value()), "unix:");
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto text = "shoal." + std::to_string(::getpid());
  text.copy(name.sun_path + 1, text.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), size), 0);
  EXPECT_EQ(show(address_of(socket.get()).value()), "unix:@" + text) << "it is no file";
  EXPECT_FALSE(address_of(-1));
}

}  // namespace
}  // namespace shoal::cluster
