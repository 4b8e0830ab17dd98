#include "cluster/listen/given_sockets.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>

#include "cluster/listen/listeners.h"

namespace shoal::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::map<std::string, std::string> environment;

const char* get(const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? nullptr : found->second.c_str();
}

std::vector<std::string> names_in(std::map<std::string, std::string> values) {
  environment = std::move(values);
  return read_given_names(get, 17);
}

TEST(GivenSockets, HaveTheNamesOfTheirUnits) {
  EXPECT_THAT(
      names_in({{"LISTEN_PID", "17"}, {"LISTEN_FDS", "3"}, {"LISTEN_FDNAMES", "http:b.socket:x"}}),
      ElementsAre("http", "b.socket", "x"));
  EXPECT_THAT(names_in({{"LISTEN_PID", "17"}, {"LISTEN_FDS", "2"}, {"LISTEN_FDNAMES", "http"}}),
              ElementsAre("http", "unknown"));
  EXPECT_THAT(names_in({{"LISTEN_PID", "17"}, {"LISTEN_FDS", "1"}}), ElementsAre("unknown"));
}

TEST(GivenSockets, AreThoseOfThisProcessAlone) {
  EXPECT_THAT(names_in({}), IsEmpty());
  EXPECT_THAT(names_in({{"LISTEN_FDS", "2"}}), IsEmpty());
  EXPECT_THAT(names_in({{"LISTEN_PID", "17"}}), IsEmpty());
  for (const char* const pid : {"18", "017", "17 ", "", "-17"}) {
    EXPECT_THAT(names_in({{"LISTEN_PID", pid}, {"LISTEN_FDS", "2"}}), IsEmpty()) << pid;
  }
  for (const char* const number : {"", "-1", "two", "99999999999999999999999"}) {
    EXPECT_THAT(names_in({{"LISTEN_PID", "17"}, {"LISTEN_FDS", number}}), IsEmpty()) << number;
  }
}

TEST(GivenSockets, AreOfABoundedNumber) {
  EXPECT_EQ(names_in({{"LISTEN_PID", "17"}, {"LISTEN_FDS", "4000000000"}}).size(), 4096U);
}

/// A descriptor at a number that nothing else takes: what is given follows each other.
void put_at(int number, int fd) { ASSERT_EQ(::dup3(fd, number, 0), number); }

constexpr int far = 900;  // below every usual limit

TEST(GivenSockets, AreTakenWhereTheyListenAndLeftAloneElsewhere) {
  const auto opened = listeners::open(std::vector<std::string>{"127.0.0.1:0"}, 1, {.backlog = 16})
                          .value()
                          .hand_down();
  ASSERT_TRUE(opened);
  const int listening = opened.value().front().socket.get();
  ::fcntl(listening, F_SETFL, 0);  // as systemd gives it
  put_at(far, listening);
  const descriptor datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  put_at(far + 1, datagrams.get());
  const descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  put_at(far + 2, file.get());
  const std::vector<std::string> names = {"http", "dns", "key", "nothing there"};
  const auto taken = take_descriptors(names, far);
  ASSERT_TRUE(taken) << taken.error().message;
  ASSERT_EQ(taken.value().size(), 4U);
  const auto& first = taken.value().front();
  EXPECT_EQ(first.name, "http");
  EXPECT_EQ(first.socket.get(), far);
  EXPECT_EQ(show(first.where), show(address_of(listening).value()));
  EXPECT_EQ(::fcntl(far, F_GETFD), FD_CLOEXEC);
  EXPECT_NE(::fcntl(far, F_GETFL) & O_NONBLOCK, 0);
  for (const int other : {1, 2}) {
    EXPECT_FALSE(taken.value()[static_cast<std::size_t>(other)].socket.open());
    EXPECT_EQ(::fcntl(far + other, F_GETFD), 0) << "as it was";
    ::close(far + other);
  }
  EXPECT_FALSE(taken.value()[3].socket.open());
}

TEST(GivenSockets, ThatAreConnectionsNameTheCure) {
  const descriptor unbound(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  put_at(far, unbound.get());
  const auto taken = take_descriptors(std::vector<std::string>{"connection"}, far);
  ::close(far);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, HasSubstr("descriptor 900, name \"connection\""));
  EXPECT_THAT(taken.error().message, HasSubstr("Accept=no"));
}

TEST(GivenSockets, AreAskedForByName) {
  EXPECT_EQ(asked_name("fd:http").value(), "http");
  EXPECT_FALSE(asked_name("127.0.0.1:80"));
  for (const char* const good : {"fd:http", "fd:shoal@api.socket", "fd:3", "fd:a b", "[::1]:80"}) {
    EXPECT_TRUE(check_listen_wish(good)) << good;
  }
  for (const auto& bad : {std::string("fd:"), std::string("fd:a:b"), std::string("fd:\n"),
                          "fd:" + std::string(256, 'a'), std::string("fd")}) {
    EXPECT_FALSE(check_listen_wish(bad)) << bad;
  }
}

TEST(GivenSockets, ThatAreKeptSayTheirSlotAndAddress) {
  for (const char* const text : {"127.0.0.1:8080", "[::1]:80"}) {
    const auto where = parse_address(text).value();
    const auto name = kept_name(where, 3);
    EXPECT_EQ(name.find(':'), std::string::npos) << "it stands between names";
    const given_socket one{name, where, {}};
    EXPECT_TRUE(is_kept(one));
    EXPECT_EQ(slot_of(one), 3U);
    EXPECT_FALSE(slot_of({name, parse_address("127.0.0.1:81").value(), {}})) << "another address";
  }
  for (const char* const other : {"shoal ", "shoal x", "shoal 99999999999 a", "shoal 3"}) {
    EXPECT_FALSE(slot_of({other, parse_address("[::1]:80").value(), {}})) << other;
  }
  EXPECT_FALSE(is_kept({"shoal-0.socket", {}, {}})) << "a unit may be called so";
}

}  // namespace
}  // namespace shoal::cluster
