#include "http/address_text.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>

namespace shoal::http {
namespace {

sockaddr_storage v6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  EXPECT_EQ(::inet_pton(AF_INET6, text, &address.sin6_addr), 1);
  sockaddr_storage any{};
  std::memcpy(&any, &address, sizeof address);
  return any;
}

TEST(AddressText, IsTheAddressWithoutItsPort) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(8080);
  address.sin_addr.s_addr = htonl(0x0a000001);
  sockaddr_storage any{};
  std::memcpy(&any, &address, sizeof address);
  EXPECT_EQ(address_text(any), "10.0.0.1");
  EXPECT_EQ(address_text(v6("2001:db8::1")), "2001:db8::1");
}

TEST(AddressText, OfAMappedAddressIsThatOfVersionFour) {
  EXPECT_EQ(address_text(v6("::ffff:192.0.2.7")), "192.0.2.7");
}

TEST(AddressText, IsEmptyForWhatIsNoInternetAddress) {
  EXPECT_EQ(address_text({}), "");
  sockaddr_storage unix_socket{};
  unix_socket.ss_family = AF_UNIX;
  EXPECT_EQ(address_text(unix_socket), "");
}

}  // namespace
}  // namespace shoal::http
