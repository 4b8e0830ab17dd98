#include "load/target.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "base/descriptor.h"

namespace shoal::load {
namespace {

std::string parts(std::string_view text) {
  const auto parsed = parse_url(text);
  if (!parsed) return "no: " + parsed.error().message;
  const url& u = parsed.value();
  return u.name + ' ' + std::to_string(u.port) + ' ' + u.host + ' ' + u.path;
}

TEST(Target, IsReadFromAUrl) {
  EXPECT_EQ(parts("http://example.org"), "example.org 80 example.org /");
  EXPECT_EQ(parts("http://example.org:8080/a?b=c#d"), "example.org 8080 example.org:8080 /a?b=c");
  EXPECT_EQ(parts("http://example.org:80/"), "example.org 80 example.org /");
  EXPECT_EQ(parts("127.0.0.1:8080/x"), "127.0.0.1 8080 127.0.0.1:8080 /x");
  EXPECT_EQ(parts("http://[::1]:8080/x"), "::1 8080 [::1]:8080 /x");
  EXPECT_EQ(parts("http://[::1]"), "::1 80 [::1] /");
  EXPECT_EQ(parts("localhost?q"), "localhost 80 localhost /?q");
}

TEST(Target, IsRefusedWithTheReason) {
  struct mistake {
    const char* text;
    const char* says;
  };
  for (const mistake& m :
       {mistake{"https://example.org/", "TLS"}, mistake{"ftp://example.org/", "http://"},
        mistake{"", "names no host"}, mistake{"http://", "names no host"},
        mistake{"http://:80/", "names no host"}, mistake{"http://a:0/", "no port"},
        mistake{"http://a:70000/", "no port"}, mistake{"http://a:/", "no port"},
        mistake{"http://a:8x/", "no port"}, mistake{"http://user@a/", "names no host"},
        mistake{"http://::1:80/", "names no host"}, mistake{"http://[::1/", "names no host"}}) {
    EXPECT_NE(parts(m.text).find(m.says), std::string::npos) << m.text << ": " << parts(m.text);
  }
}

TEST(Target, NumericIsAnAddressAndPort) {
  EXPECT_EQ(numeric_target("127.0.0.1:8080").value().host, "127.0.0.1:8080");
  for (const char* text :
       {"localhost", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "1.2:3", "[::1]:8"}) {
    EXPECT_FALSE(numeric_target(text)) << text;
  }
}

TEST(Target, OfAPathIsASocket) {
  EXPECT_EQ(unix_address("/run/x.sock").value().front().bytes.ss_family, AF_UNIX);
  EXPECT_FALSE(unix_address(""));
  EXPECT_FALSE(unix_address(std::string(108, 'x')));
}

/// A listener on a free port of this machine.
struct listener {
  listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&where.bytes);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.size = sizeof(sockaddr_in);
    auto* name = reinterpret_cast<sockaddr*>(&where.bytes);
    EXPECT_EQ(::bind(socket.get(), name, where.size), 0);
    ::getsockname(socket.get(), name, &where.size);
  }
  descriptor socket;
  io::socket_address where;
};

TEST(Target, IsTheFirstAddressThatListens) {
  const listener deaf;
  const listener open;
  ASSERT_EQ(::listen(open.socket.get(), 8), 0);
  const auto found = first_that_listens({deaf.where, open.where}, "x", std::chrono::seconds(5));
  ASSERT_TRUE(found);
  EXPECT_EQ(std::memcmp(&found.value().bytes, &open.where.bytes, sizeof(sockaddr_in)), 0);
  const auto none = first_that_listens({deaf.where}, "x:80", std::chrono::seconds(5));
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("x:80 (is the server running?)"), std::string::npos)
      << none.error().message;
}

}  // namespace
}  // namespace shoal::load
