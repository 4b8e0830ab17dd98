// Whole clusters: processes that are replaced while clients are served.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "cluster/exit_code.h"
#include "running_app.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

const std::string whoami = "GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n";

/// Of an answer to /whoami.
std::string generation_of(const std::string& answer) {
  const auto body = body_of(answer);
  const auto end = body.rfind(' ');
  const auto begin = body.rfind(' ', end - 1) + 1;
  return body.substr(begin, end - begin);
}

std::string ask_whoami(test_client& client) {
  return client.send(whoami) ? generation_of(client.one_answer()) : "";
}

void reload(test::served_process& app) {
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
}

/// Until so many processes have said so since the start; some do before the reload is over.
void await_left(test::served_process& app, std::size_t count) {
  const auto left = [&] {
    std::size_t found = 0;
    for (auto at = app.log().find(" has left"); at != std::string::npos;
         at = app.log().find(" has left", at + 1)) {
      ++found;
    }
    return found;
  };
  while (left() < count) ASSERT_NE(app.wait_for(" has left"), "") << app.log();
}

/// A FIFO at which processes of a later generation wait in their boot, and how they go on.
class gate final {
 public:
  gate() : path_("/tmp/shoal_gate." + std::to_string(::getpid())) {
    ::unlink(path_.c_str());
    ::mkfifo(path_.c_str(), 0600);
  }
  ~gate() { ::unlink(path_.c_str()); }
  [[nodiscard]] std::string trouble() const { return "gate:" + path_; }
  /// Waits until somebody is there, and for ever lets pass who comes.
  void open() { write_end_.reset(::open(path_.c_str(), O_WRONLY | O_CLOEXEC)); }

 private:
  std::string path_;
  descriptor write_end_;
};

struct shape {
  const char* driver;
  unsigned processes;
  unsigned workers;  ///< of each
  const char* dispatch;
};

class Reloads : public testing::TestWithParam<shape> {
 protected:
  static app_settings settings(const std::string& trouble = "",
                               std::vector<std::string> more = {}) {
    std::vector<std::string> flags = {"--nodes",    std::to_string(GetParam().processes),
                                      "--workers",  std::to_string(GetParam().workers),
                                      "--driver",   GetParam().driver,
                                      "--dispatch", GetParam().dispatch};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags, .trouble = trouble};
  }
};

INSTANTIATE_TEST_SUITE_P(All, Reloads,
                         testing::Values(shape{"uring", 1, 2, "auto"}, shape{"epoll", 1, 2, "auto"},
                                         shape{"uring", 2, 1, "handoff"},
                                         shape{"epoll", 2, 2, "reuseport"},
                                         shape{"uring", 2, 2, "shared"}),
                         [](const auto& info) {
                           return std::string(info.param.driver) + "_" + info.param.dispatch +
                                  std::to_string(info.param.processes) + "x" +
                                  std::to_string(info.param.workers);
                         });

TEST_P(Reloads, IdleConnectionsGoOnInTheNextGeneration) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 200; ++i) {
    clients.emplace_back(app.port());
    if (i % 2 == 0) ASSERT_EQ(ask_whoami(clients.back()), "0") << "others have said nothing yet";
  }
  for (int generation = 1; generation <= 3; ++generation) {
    reload(app);
    await_left(app, static_cast<std::size_t>(generation) * GetParam().processes);
    for (auto& client : clients) {
      ASSERT_EQ(ask_whoami(client), std::to_string(generation));
    }
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_P(Reloads, WhatHasBegunEndsWhereItIsAndItsConnectionFollows) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client sleeps(app.port());
  test_client half(app.port());
  ASSERT_EQ(ask_whoami(sleeps), "0");
  ASSERT_EQ(ask_whoami(half), "0");
  ASSERT_TRUE(sleeps.send("GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(half.send("GET /whoami HT"));
  reload(app);
  ASSERT_TRUE(half.send("TP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(generation_of(half.one_answer()), "1");
  EXPECT_EQ(body_of(sleeps.one_answer()), "slept");
  EXPECT_EQ(ask_whoami(sleeps), "1");
  await_left(app, GetParam().processes);
}

TEST_P(Reloads, ClientsThatNeverRestLoseNothing) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  std::atomic<bool> enough{false};
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> lost{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&, i] {
      test_client kept(app.port());
      while (!enough) {
        if (i % 2 == 0) {
          ask_whoami(kept).empty() ? ++lost : ++answered;
        } else {
          fetch(app.port(), "/").empty() ? ++lost : ++answered;
        }
      }
    });
  }
  for (int times = 0; times < 5; ++times) reload(app);
  enough = true;
  for (auto& one : crowd) one.join();
  EXPECT_EQ(lost, 0U);
  EXPECT_GT(answered, 0U);
}

TEST_P(Reloads, AGenerationThatCannotBootLeavesTheOldOneAlone) {
  auto app = run_app(settings("throw-again"));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_EQ(ask_whoami(client), "0");
  for (int times = 0; times < 3; ++times) {
    app.signal(SIGHUP);
    const auto line = app.wait_for("reload failed, and the processes from before go on: ");
    EXPECT_THAT(line, HasSubstr("no database at 10.0.0.7"));
    EXPECT_EQ(ask_whoami(client), "0");
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

/// A configuration file of the test's own.
class config_file final {
 public:
  config_file() : path_("/tmp/shoal_reload." + std::to_string(::getpid()) + ".toml") {}
  ~config_file() { ::unlink(path_.c_str()); }
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

TEST(ReloadsOfAFile, TheNextGenerationHasItsNewValues) {
  const config_file file;
  file.write("max-requests = 2\n");
  auto app = run_app({.flags = {"--workers", "1", "--config", file.path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  EXPECT_EQ(ask_whoami(client), "0");
  file.write("max-requests = 3\n");
  reload(app);
  EXPECT_THAT(app.log(), HasSubstr("reload: max-requests: 2 -> 3 (new processes)"));
  EXPECT_EQ(ask_whoami(client), "1");
  EXPECT_EQ(ask_whoami(client), "1");
  EXPECT_EQ(ask_whoami(client), "") << "that was the third";
}

TEST(ReloadsOfAFile, WhatIsWrongOrNeedsANewStartIsRefused) {
  const config_file file;
  file.write("");
  auto app = run_app({.flags = {"--workers", "1", "--config", file.path()}});
  ASSERT_TRUE(app.ready()) << app.log();
  const std::pair<const char*, const char*> cases[] = {
      {"max-requets = 3\n", "did you mean max-requests?"},
      {"max-requests = [\n", "toml:"},
      {"driver = \"epoll\"\n", "driver: auto -> epoll (new start)"}};
  for (const auto& [text, why] : cases) {
    file.write(text);
    app.signal(SIGHUP);
    EXPECT_THAT(app.wait_for("reload refused, and the processes from before go on: "),
                HasSubstr(why));
    test_client client(app.port());
    EXPECT_EQ(ask_whoami(client), "0");
  }
  ::unlink(file.path().c_str());
  app.signal(SIGHUP);
  EXPECT_NE(app.wait_for("reload refused"), "");
  file.write("max-requests = 3\n");
  reload(app);
}

TEST(Recycling, ReplacesWhoHasServedEnoughAndLosesNobody) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--recycle-requests", "200"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  while (ask_whoami(client) == "0") {
  }
  EXPECT_THAT(app.wait_for("is recycled: "), HasSubstr(" requests"));
  EXPECT_EQ(ask_whoami(client), "1") << "the same connection";
}

TEST(Recycling, AProcessThatCannotBeReplacedGoesOn) {
  auto app =
      run_app({.flags = {"--workers", "1", "--recycle-age", "1s"}, .trouble = "throw-again"});
  ASSERT_TRUE(app.ready()) << app.log();
  ASSERT_NE(app.wait_for("reload failed, and the processes from before go on"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

class ReloadTroubles : public testing::Test {
 protected:
  static app_settings two_processes(const std::string& trouble,
                                    std::vector<std::string> more = {}) {
    std::vector<std::string> flags = {"--nodes", "2", "--workers", "1"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags, .trouble = trouble};
  }

  /// Its successors wait at the gate, if the app has one.
  static void begin_reload(test::served_process& app) {
    app.signal(SIGHUP);
    ASSERT_NE(app.wait_for("reload: new processes are started"), "") << app.log();
  }

  /// Those of `app` that are not in `before`.
  static std::vector<pid_t> newcomers(const test::served_process& app,
                                      const std::vector<pid_t>& before) {
    auto all = app.children();
    std::erase_if(
        all, [&](pid_t p) { return std::find(before.begin(), before.end(), p) != before.end(); });
    return all;
  }
};

TEST_F(ReloadTroubles, ASuccessorThatHangsIsGivenUp) {
  auto app = run_app(two_processes("hang-again", {"--boot-timeout", "300ms"}));
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGHUP);
  ASSERT_NE(app.wait_for("go on: a new process is not ready within its boot timeout"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(ReloadTroubles, AHookThatRefusesStrangersIsNone) {
  auto app = run_app(two_processes("guarded"));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/pid"), "");
  reload(app);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(ReloadTroubles, ASuccessorThatIsKilledEndsTheReload) {
  gate waits;
  auto app = run_app(two_processes(waits.trouble()));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = app.children();
  begin_reload(app);
  std::vector<pid_t> fresh;
  while (fresh.size() < 2) fresh = newcomers(app, before);
  ::kill(fresh.front(), SIGKILL);
  ASSERT_NE(app.wait_for("reload failed"), "");
  for (const pid_t p : before) EXPECT_EQ(::kill(p, 0), 0);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(ReloadTroubles, WhoServesMayDieMeanwhile) {
  gate waits;
  auto app = run_app(two_processes(waits.trouble()));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = app.children();
  begin_reload(app);
  for (const pid_t p : before) ::kill(p, SIGKILL);
  waits.open();
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(ReloadTroubles, WhoHasLeftIsBuried) {
  auto app = run_app(two_processes(""));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto before = app.children();
  reload(app);
  for (const pid_t p : before) {
    while (::kill(p, 0) == 0) std::this_thread::yield();
  }
  EXPECT_EQ(app.children().size(), before.size());
}

TEST_F(ReloadTroubles, AStopDuringAReloadEndsAll) {
  gate waits;
  auto app = run_app(two_processes(waits.trouble()));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_EQ(ask_whoami(client), "0");
  begin_reload(app);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(ReloadTroubles, AReloadDuringAReloadFollowsIt) {
  gate waits;
  auto app = run_app(two_processes(waits.trouble()));
  ASSERT_TRUE(app.ready()) << app.log();
  begin_reload(app);
  for (int times = 0; times < 3; ++times) {
    app.signal(SIGHUP);
    ASSERT_NE(app.wait_for("another one follows it"), "");
  }
  waits.open();
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  ASSERT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  test_client client(app.port());
  EXPECT_EQ(ask_whoami(client), "2");
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(ReloadTroubles, AHandlerThatNeverEndsIsEndedAfterTheDrainTimeout) {
  auto app = run_app(two_processes("", {"--drain-timeout", "200ms", "--offload-after", "0"}));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_TRUE(client.ask("/hold"));
  ASSERT_NE(app.wait_for("holding"), "");
  reload(app);
  ASSERT_NE(app.wait_for("has not left within the drain timeout; killed"), "") << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(ReloadTroubles, AProcessThatIsStoppedDoesNotHoldTheReloadUp) {
  auto app = run_app(two_processes("", {"--drain-timeout", "200ms"}));
  ASSERT_TRUE(app.ready()) << app.log();
  ASSERT_TRUE(stop_all_threads(app.children().front()));
  reload(app);
  EXPECT_THAT(app.log(), HasSubstr("does not leave its slots; killed"));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(ReloadTroubles, AnOldGenerationMayStillBeThereWhenTheNextOneGoes) {
  auto app = run_app(two_processes("", {"--offload-after", "0"}));
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> held;
  for (int generation = 0; generation < 4; ++generation) {
    held.emplace_back(app.port());
    ASSERT_TRUE(held.back().send("GET /sleep/400 HTTP/1.1\r\nHost: a\r\n\r\n"));
    reload(app);
  }
  for (auto& client : held) {
    EXPECT_EQ(body_of(client.one_answer()), "slept");
    EXPECT_EQ(ask_whoami(client), "4");
  }
}

}  // namespace
}  // namespace shoal::cluster
