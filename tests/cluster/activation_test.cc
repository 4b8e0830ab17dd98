// Whole clusters whose sockets are a service manager's.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "cluster/exit_code.h"
#include "cluster/listen/listeners.h"
#include "running_app.h"
#include "service_manager_stand_in.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

/// As a service manager starts it: with `socket` as its first one.
void give(int socket, const std::string& name) {
  const int moved = ::fcntl(socket, F_DUPFD, 10);  // it may be the third one already
  ::dup2(moved, 3);
  ::close(moved);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_FDNAMES", name.c_str(), 1);
}

struct listening {
  descriptor socket;
  address where;
};

listening listen_somewhere() {
  const std::vector<std::string> any = {"127.0.0.1:0"};
  auto all = listeners::open(any, 1, {.backlog = 64}).value().hand_down().value();
  const auto where = address_of(all.front().socket.get()).value();
  return {std::move(all.front().socket), where};
}

/// As it was when it was started.
std::string environment_of(const std::string& pid) {
  std::ifstream file("/proc/" + pid + "/environ", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// It outlives what it has replaced.
struct killed_at_the_end {
  const pid_t pid;
  ~killed_at_the_end() { ::kill(pid, SIGKILL); }
};

TEST(Activation, ClientsWhoHaveComeBeforeTheStartAreServed) {
  const auto given = listen_somewhere();
  test_client early(given.where.port());
  ASSERT_TRUE(early.ask("/"));
  auto app = run_app({.flags = {"--listen", "fd:http", "--workers", "2"},
                      .before_exec = [&] { give(given.socket.get(), "http"); }});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(app.port(), given.where.port());
  EXPECT_EQ(body_of(early.answer()), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
}

TEST(Activation, TheNextProgramInPlaceHasTheSocketsAndIsNotToldOfThem) {
  const auto given = listen_somewhere();
  adopt_orphans();
  auto app = run_app({.flags = {"--listen", show(given.where), "--workers", "2"},
                      .before_exec = [&] { give(given.socket.get(), "app.socket"); }});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGUSR2);
  const auto line = app.wait_for("beside this program (pid ");
  const auto heir = line.substr(line.rfind(' ') + 1, line.rfind(')') - line.rfind(' ') - 1);
  const killed_at_the_end ends{std::stoi(heir)};
  ASSERT_NE(app.wait_for("the old program has ended"), "") << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  const auto told = environment_of(heir);
  EXPECT_THAT(told, HasSubstr("SHOAL_UPGRADE="));
  EXPECT_EQ(told.find("LISTEN_"), std::string::npos);
}

TEST(Activation, WhatWasKeptServesWhoWaitsAndWhatIsNewIsKeptToo) {
  const auto kept = listen_somewhere();
  test_client early(kept.where.port());
  ASSERT_TRUE(early.ask("/"));
  const auto path = notify_path();
  manager_stand_in listens(path);
  const auto start = [&] {
    give(kept.socket.get(), kept_name(kept.where, 0));
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    ::setenv("FDSTORE", "8", 1);
  };
  auto app =
      run_app({.flags = {"--listen", show(kept.where), "--workers", "2"}, .before_exec = start});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(body_of(early.answer()), "hello");
  EXPECT_THAT(listens.heard(), HasSubstr("FDNAME=" + kept_name(kept.where, 1)));
  EXPECT_EQ(show(address_of(listens.given.get()).value()), show(kept.where));
  EXPECT_TRUE(listens.heard().starts_with("READY=1")) << "the first one is kept already";
}

TEST(Activation, WhatNobodyAsksForIsRefused) {
  const auto given = listen_somewhere();
  auto app = run_app({.before_exec = [&] { give(given.socket.get(), "admin"); }});
  EXPECT_EQ(app.ended(), exit_address);
  EXPECT_THAT(app.log(), HasSubstr("--listen fd:admin"));
}

}  // namespace
}  // namespace shoal::cluster
