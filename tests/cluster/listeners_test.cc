#include "cluster/listeners.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>

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

}  // namespace
}  // namespace shoal::cluster
