#include "cluster/listen/listeners.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <utility>

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

const std::vector<std::string> any_port = {"127.0.0.1:0"};

int option_of(const descriptor& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket.get(), level, name, &value, &size);
  return value;
}

descriptor connect_to(const address& a) {
  descriptor s(::socket(a.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(s.get(), a.raw(), a.size), 0);
  return s;
}

TEST(Listeners, AllSlotsShareThePortThatWasChosen) {
  const auto opened = listeners::open(any_port, 4, {.backlog = 16});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const auto port = opened.value().addresses().front().port();
  EXPECT_NE(port, 0);
  for (unsigned slot = 0; slot < 4; ++slot) {
    address a;
    a.size = sizeof a.storage;
    ASSERT_EQ(::getsockname(opened.value().of(slot)[0].get(),
                            reinterpret_cast<sockaddr*>(&a.storage), &a.size),
              0);
    EXPECT_EQ(a.port(), port);
  }
}

TEST(Listeners, EverySlotGetsConnections) {
  const auto opened = listeners::open(any_port, 2, {.backlog = 128});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  std::vector<descriptor> clients;
  std::array<int, 2> accepted{};
  for (int i = 0; i < 64; ++i) clients.push_back(connect_to(opened.value().addresses().front()));
  for (unsigned slot = 0; slot < 2; ++slot) {
    while (descriptor(::accept(opened.value().of(slot)[0].get(), nullptr, nullptr))) {
      ++accepted[slot];
    }
  }
  EXPECT_EQ(accepted[0] + accepted[1], 64);
  EXPECT_GT(accepted[0], 0);
  EXPECT_GT(accepted[1], 0);
}

TEST(Listeners, SocketsAreAsConnectionsShallInheritThem) {
  const auto opened = listeners::open(any_port, 2, {.backlog = 16});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  for (unsigned slot = 0; slot < 2; ++slot) {
    const auto& socket = opened.value().of(slot)[0];
    EXPECT_EQ(option_of(socket, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option_of(socket, SOL_SOCKET, SO_REUSEPORT), 1);
    EXPECT_EQ(::fcntl(socket.get(), F_GETFD), FD_CLOEXEC);
    EXPECT_NE(::fcntl(socket.get(), F_GETFL) & O_NONBLOCK, 0);
  }
}

TEST(Listeners, ASingleSocketTakesNoReuseport) {
  const auto opened = listeners::open(any_port, 1, {.backlog = 16});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(option_of(opened.value().of(0)[0], SOL_SOCKET, SO_REUSEPORT), 0);
}

TEST(Listeners, ASecondCopyIsRefusedAlthoughBothUseReuseport) {
  const auto first = listeners::open(any_port, 3, {.backlog = 16});
  ASSERT_TRUE(first.ok()) << first.error().message;
  const std::vector<std::string> same = {show(first.value().addresses().front())};
  const auto second = listeners::open(same, 3, {.backlog = 16});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_THAT(second.error().message, HasSubstr("cannot listen on " + same[0]));
  EXPECT_THAT(second.error().message, HasSubstr("port is taken"));
}

TEST(Listeners, TheSameAddressTwiceIsRefused) {
  const auto first = listeners::open(any_port, 1, {.backlog = 16});
  const auto text = show(first.value().addresses().front());
  EXPECT_FALSE(listeners::open(std::vector{text, text}, 2, {.backlog = 16}).ok());
}

// Copies that start at the same moment: the kernel must let one through at most, whatever the
// interleaving. Each child says by its exit code whether it listens, and keeps listening until the
// pipe closes.
TEST(Listeners, OfCopiesThatStartTogetherOnlyOneWins) {
  for (int round = 0; round < 20; ++round) {
    std::vector<std::string> text;
    {
      const auto free = listeners::open(any_port, 1, {.backlog = 1});
      text = {show(free.value().addresses().front())};
    }
    int verdicts[2];
    int hold[2];
    ASSERT_EQ(::pipe(verdicts), 0);
    ASSERT_EQ(::pipe(hold), 0);
    for (int copy = 0; copy < 4; ++copy) {
      if (::fork() != 0) continue;
      ::close(hold[1]);
      const auto opened = listeners::open(text, 2, {.backlog = 16});
      const char won = opened.ok() ? 1 : 0;
      char end = 0;
      if (::write(verdicts[1], &won, 1) == 1) (void)!::read(hold[0], &end, 1);
      ::_exit(0);
    }
    int winners = 0;
    for (int copy = 0; copy < 4; ++copy) {
      char won = 0;
      ASSERT_EQ(::read(verdicts[0], &won, 1), 1);
      winners += won;
    }
    for (const int fd : {verdicts[0], verdicts[1], hold[0], hold[1]}) ::close(fd);
    for (int copy = 0; copy < 4; ++copy) ::wait(nullptr);
    EXPECT_LE(winners, 1);
  }
}

TEST(Listeners, AnAddressOfNobodyIsRefusedByName) {
  const auto opened = listeners::open(std::vector<std::string>{"192.0.2.1:0"}, 1, {.backlog = 16});
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().message, HasSubstr("192.0.2.1"));
  EXPECT_THAT(opened.error().message, HasSubstr("no interface"));
}

TEST(Listeners, BothFamiliesMayTakeOnePort) {
  const auto v6 = listeners::open(std::vector<std::string>{"[::]:0"}, 2, {.backlog = 16});
  if (!v6.ok()) GTEST_SKIP() << "no IPv6 here: " << v6.error().message;
  const auto port = std::to_string(v6.value().addresses().front().port());
  const auto v4 = listeners::open(std::vector{"0.0.0.0:" + port}, 2, {.backlog = 16});
  EXPECT_TRUE(v4.ok()) << v4.error().message;
}

/// Sockets that somebody else has opened, in one group if they are several.
allotted given(unsigned count, bool lent) {
  auto all = listeners::open(any_port, count, {.backlog = 128}).value().hand_down().value();
  allotted out{.wish = "", .where = address_of(all[0].socket.get()).value(), .lent = lent};
  out.wish = show(out.where);
  for (auto& one : all) out.sockets.push_back(std::move(one.socket));
  return out;
}

result<listeners> open_beside(allotted&& place, unsigned slots, listener_options how = {}) {
  std::vector<allotted> places;
  places.push_back(std::move(place));
  return listeners::open(std::move(places), slots, how);
}

/// The next one who waits there; false: nobody does.
bool accepts(const descriptor& socket) {
  return descriptor(::accept(socket.get(), nullptr, nullptr)).open();
}

TEST(GivenListeners, WhereEachWorkerHasOneAreAsOurs) {
  for (const unsigned slots : {1U, 3U}) {
    auto place = given(slots, true);
    const auto where = place.where;
    const auto opened = open_beside(std::move(place), slots, {.backlog = 16});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    EXPECT_TRUE(opened.value().handed().empty());
    EXPECT_EQ(opened.value().groups().front().size(), slots);
    EXPECT_EQ(show(opened.value().addresses().front()), show(where));
    EXPECT_TRUE(opened.value().own().empty()) << "their unit keeps them";
  }
}

TEST(GivenListeners, OfAnotherNumberAreHandedOnAsAtAPath) {
  for (const unsigned count : {1U, 3U}) {
    const auto opened = open_beside(given(count, true), 2, {.backlog = 16});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    EXPECT_EQ(opened.value().handed().size(), count) << "nobody waits for ever";
    EXPECT_TRUE(opened.value().groups().empty());
    EXPECT_EQ(opened.value().addresses().size(), 1U);
  }
  const listener_options shared{
      .backlog = 16, .tcp = accepting::shared, .local = accepting::shared};
  const auto opened = open_beside(given(1, true), 2, shared);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(opened.value().of(1).size(), 1U);
}

TEST(GivenListeners, GoThroughAnUpgradeInTheirWay) {
  for (const unsigned count : {1U, 2U, 3U}) {
    auto place = given(count, true);
    place.wish = "fd:http";
    const auto opened = open_beside(std::move(place), 2, {.backlog = 16});
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    const std::vector<std::string> wishes = {"fd:http"};
    const auto adopted =
        listeners::adopt(opened.value().hand_down().value(), wishes, 2, {.backlog = 16});
    ASSERT_TRUE(adopted.ok()) << adopted.error().message;
    EXPECT_EQ(adopted.value().handed().size(), opened.value().handed().size());
    EXPECT_EQ(adopted.value().groups().size(), opened.value().groups().size());
    const auto fewer = listeners::adopt(opened.value().hand_down().value(),
                                        std::vector<std::string>{"fd:web"}, 2, {.backlog = 16});
    ASSERT_FALSE(fewer.ok());
    EXPECT_THAT(fewer.error().message, HasSubstr("fd:web: not listened on before"));
  }
}

TEST(GivenListeners, AtAPathLeaveTheFileToWhoeverHasMadeIt) {
  const auto where = parse_address("unix:/tmp/shoal_given." + std::to_string(::getpid())).value();
  descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::bind(socket.get(), where.raw(), where.size), 0);
  ASSERT_EQ(::listen(socket.get(), 16), 0);
  allotted place{.wish = "fd:http", .where = where, .lent = true};
  place.sockets.push_back(std::move(socket));
  {
    auto opened = open_beside(std::move(place), 2);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    opened.value().take_files();  // as whoever takes a program's place
    EXPECT_TRUE(connect_to(where).open());
  }
  EXPECT_EQ(::unlink(where.path().c_str()), 0) << "it was still there";
}

TEST(KeptListeners, HaveWhoWaitsThereAndAreCompleted) {
  auto place = given(2, false);
  const auto where = place.where;
  std::vector<descriptor> clients;
  for (int i = 0; i < 32; ++i) clients.push_back(connect_to(where));
  const auto opened = open_beside(std::move(place), 3, {.backlog = 128});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  ASSERT_EQ(opened.value().groups().front().size(), 3U);
  int waiting = 0;
  for (unsigned slot = 0; slot < 3; ++slot) {
    while (accepts(opened.value().of(slot)[0])) ++waiting;
  }
  EXPECT_EQ(waiting, 32);
  for (int i = 0; i < 64; ++i) clients.push_back(connect_to(where));
  EXPECT_TRUE(accepts(opened.value().of(2)[0])) << "the new one is in the group";
}

TEST(KeptListeners, AreThoseThatCanBeFoundAgain) {
  auto place = given(1, false);
  const auto where = place.where;
  const auto opened = open_beside(std::move(place), 2, {.backlog = 16});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const auto own = opened.value().own();
  ASSERT_EQ(own.size(), 2U);
  EXPECT_EQ(own[0].name, kept_name(where, 0));
  EXPECT_EQ(own[1].name, kept_name(where, 1));
  EXPECT_EQ(own[1].socket, opened.value().of(1)[0].get());
  EXPECT_TRUE(listeners::open(any_port, 2, {.backlog = 16}).value().own().empty())
      << "another port the next time";
}

}  // namespace
}  // namespace shoal::cluster
