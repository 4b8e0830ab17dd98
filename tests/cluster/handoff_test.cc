// Connections that the supervisor hands on: what happens where nobody can take them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "cluster/channel.h"
#include "cluster/listen/handoff_desk.h"
#include "running_app.h"

namespace shoal::cluster {
namespace {

/// Fewer than a node process has open; but poll(2) refuses to look at more than the limit.
constexpr rlim_t few = 5;

void permit_descriptors(pid_t pid, rlim_t most) {
  rlimit limit{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &limit), 0);
  limit.rlim_cur = most;
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &limit, nullptr), 0);
}

TEST(Channel, ADescriptorTravelsWithItsNote) {
  const auto opened = open_channel();
  ASSERT_TRUE(opened.ok());
  const auto& ends = opened.value();
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const descriptor kept(pair[0]);
  {
    const descriptor given(pair[1]);
    ASSERT_TRUE(send_connection(ends.supervisor.get(), 17, given.get()));
  }
  const auto note = take_note(ends.process.get());
  ASSERT_TRUE(note);
  EXPECT_EQ(note->kind, note_kind::connection);
  EXPECT_EQ(note->text, "17");
  ASSERT_TRUE(note->socket.open());
  ASSERT_EQ(::write(note->socket.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(kept.get(), &byte, 1), 1);
}

TEST(Channel, ADescriptorThatFindsNoNumberIsMissingFromItsNote) {
  const auto opened = open_channel();
  const auto& ends = opened.value();
  ASSERT_TRUE(send_connection(ends.supervisor.get(), 0, 1));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 3;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto note = take_note(ends.process.get());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(note);
  EXPECT_EQ(note->kind, note_kind::connection);
  EXPECT_FALSE(note->socket.open());
}

TEST(Handoff, AProcessWithoutDescriptorsLosesNoConnection) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--dispatch", "handoff"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto children = app.children();
  ASSERT_EQ(children.size(), 2U);
  permit_descriptors(children[0], few);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(fetch(app.port(), "/pid"), std::to_string(children[1]));
  }
}

TEST(Handoff, WhereNoProcessHasDescriptorsClientsWait) {
  auto app = run_app({.flags = {"--workers", "1", "--dispatch", "handoff"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto child = app.children().front();
  rlimit before{};
  ASSERT_EQ(::prlimit(child, RLIMIT_NOFILE, nullptr, &before), 0);
  permit_descriptors(child, few);
  std::vector<test_client> clients;
  for (int i = 0; i < 10; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().ask("/"));
  }
  // Long enough for some refusals.
  EXPECT_EQ(app.wait_for("words of nobody", std::chrono::milliseconds(300)), "");
  for (const auto& client : clients) EXPECT_FALSE(client.heard());
  permit_descriptors(child, before.rlim_cur);
  for (auto& client : clients) EXPECT_EQ(body_of(client.answer()), "hello");
}

TEST(Handoff, AProcessThatTakesNothingHoldsTheListenerBack) {
  auto app = run_app({.flags = {"--workers", "2", "--dispatch", "handoff"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto child = app.children().front();
  const auto before = descriptors_of(app.pid());
  ASSERT_TRUE(stop_all_threads(child));
  std::vector<test_client> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().connected());
    ASSERT_TRUE(clients.back().ask("/"));
  }
  EXPECT_EQ(app.wait_for("words of nobody", std::chrono::milliseconds(300)), "");
  EXPECT_LE(descriptors_of(app.pid()), before + handoff_desk::most_on_way + 1);
  ::kill(child, SIGCONT);
  for (auto& client : clients) EXPECT_EQ(body_of(client.answer()), "hello");
  // The last answers of the process may still be on their way.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_LE(descriptors_of(app.pid()), before + 2);
}

TEST(Handoff, AStoppedProcessHoldsFewConnectionsBack) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--dispatch", "handoff"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto children = app.children();
  ASSERT_TRUE(stop_all_threads(children[0]));
  std::vector<test_client> clients;
  const auto ask_more = [&] {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().ask("/pid"));
  };
  // Either may get it; until one waits for the stopped process, nobody can know that it is silent.
  do {
    ask_more();
    EXPECT_EQ(app.wait_for("words of nobody", std::chrono::milliseconds(100)), "");
  } while (clients.back().heard() && clients.size() < 64);
  const std::size_t waiting = clients.size() - 1;
  for (int i = 0; i < 50; ++i) ask_more();
  for (std::size_t i = waiting + 1; i < clients.size(); ++i) {
    EXPECT_EQ(body_of(clients[i].answer()), std::to_string(children[1]));
  }
  ::kill(children[0], SIGCONT);
  EXPECT_NE(body_of(clients[waiting].answer()), "");
}

TEST(Handoff, KillsUnderLoadLeaveNoDescriptorBehind) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--dispatch", "handoff"}});
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = descriptors_of(app.pid());
  for (int round = 0; round < 5; ++round) {
    std::vector<test_client> clients;
    for (int i = 0; i < 40; ++i) {
      clients.emplace_back(app.port());
      ASSERT_TRUE(clients.back().connected());
      ASSERT_TRUE(clients.back().ask("/"));
      if (i == 20) ::kill(app.children().front(), SIGKILL);
    }
    int served = 0;
    for (auto& client : clients) served += body_of(client.answer()) == "hello" ? 1 : 0;
    EXPECT_GE(served, 20);  // those that the killed one had in its hands went with it
    ASSERT_NE(app.wait_for("is ready"), "");
  }
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_LE(descriptors_of(app.pid()), before + 2);
}

}  // namespace
}  // namespace shoal::cluster
