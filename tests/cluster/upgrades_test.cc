// Whole clusters: one program takes another's place while clients are served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "running_app.h"
#include "shoal_program.h"

namespace shoal::cluster {
namespace {

using testing::HasSubstr;

/// Of a body "PID NODE WORKER GENERATION DRIVER"; "" of none.
std::string generation_in(const std::string& body) {
  const auto end = body.rfind(' ');
  if (end == std::string::npos) return {};
  const auto begin = body.rfind(' ', end - 1) + 1;
  return body.substr(begin, end - begin);
}

/// The body of /whoami, or "" if the connection has ended.
std::string who_answers(test_client& client) {
  const bool asked = client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n");
  return asked ? body_of(client.one_answer()) : std::string();
}

std::string generation_seen(test_client& client) { return generation_in(who_answers(client)); }

pid_t number_after(const std::string& line, std::string_view word) {
  pid_t pid = 0;
  const auto at = line.find(word);
  if (at != std::string::npos) {
    std::from_chars(line.data() + at + word.size(), line.data() + line.size(), pid);
  }
  return pid;
}

/// What takes the first program's place outlives it; here it ends with the test.
class upgraded {
 public:
  explicit upgraded(const app_settings& settings) : app(run_app(settings)) { adopt_orphans(); }
  ~upgraded() {
    for (const pid_t heir : heirs_) ::kill(heir, SIGKILL);
  }
  upgraded(const upgraded&) = delete;
  upgraded& operator=(const upgraded&) = delete;

  [[nodiscard]] pid_t supervisor() const { return heirs_.empty() ? app.pid() : heirs_.back(); }

  /// The PID of the program that has been started beside, which may still fail; 0: none was.
  pid_t begin() {
    ::kill(supervisor(), SIGUSR2);
    return begun();
  }
  pid_t begun() {
    const pid_t heir = number_after(app.wait_for("beside this program (pid "), "(pid ");
    if (heir > 0) heirs_.push_back(heir);
    return heir;
  }
  /// It has failed: the one before is the supervisor again.
  std::string await_failure() {
    auto line = app.wait_for("upgrade failed, and this program goes on: ");
    heirs_.pop_back();
    return line;
  }
  [[nodiscard]] bool await_success() { return !app.wait_for("; those before finish what").empty(); }
  [[nodiscard]] bool to_the_next() { return begin() > 0 && await_success(); }

  test::served_process app;

 private:
  std::vector<pid_t> heirs_;
};

struct shape {
  const char* driver;
  unsigned processes;
  unsigned workers;  ///< of each
  const char* dispatch;
};

class Upgrades : public testing::TestWithParam<shape> {
 protected:
  static app_settings settings() {
    return {.flags = {"--nodes", std::to_string(GetParam().processes), "--workers",
                      std::to_string(GetParam().workers), "--driver", GetParam().driver,
                      "--dispatch", GetParam().dispatch}};
  }
};

INSTANTIATE_TEST_SUITE_P(All, Upgrades,
                         testing::Values(shape{"uring", 2, 1, "auto"}, shape{"epoll", 1, 2, "cbpf"},
                                         shape{"uring", 1, 2, "handoff"},
                                         shape{"epoll", 2, 1, "reuseport"},
                                         shape{"uring", 2, 1, "shared"}),
                         [](const auto& info) {
                           return std::string(info.param.driver) + "_" + info.param.dispatch +
                                  std::to_string(info.param.processes) + "x" +
                                  std::to_string(info.param.workers);
                         });

TEST_P(Upgrades, IdleConnectionsGoOnInTheNextProgramAndInTheOneAfterThat) {
  upgraded cluster(settings());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 100; ++i) {
    clients.emplace_back(app.port());
    if (i % 2 == 0) ASSERT_EQ(generation_seen(clients.back()), "0") << "others have said nothing";
  }
  for (const char* const generation : {"1", "2"}) {
    ASSERT_TRUE(cluster.to_the_next()) << app.log();
    ASSERT_NE(app.wait_for("the old program has ended"), "") << app.log();
    for (auto& client : clients) ASSERT_EQ(generation_seen(client), generation);
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
  }
}

TEST_P(Upgrades, ClientsThatNeverRestLoseNothing) {
  upgraded cluster(settings());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  std::atomic<bool> enough{false};
  std::atomic<unsigned> answered{0};
  std::atomic<unsigned> lost{0};
  std::vector<std::thread> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back([&, i] {
      test_client kept(app.port());
      while (!enough) {
        const auto got = i % 2 == 0 ? who_answers(kept) : fetch(app.port(), "/");
        got.empty() ? ++lost : ++answered;
      }
    });
  }
  for (int times = 0; times < 3; ++times) EXPECT_TRUE(cluster.to_the_next()) << app.log();
  enough = true;
  for (auto& one : crowd) one.join();
  EXPECT_EQ(lost, 0U);
  EXPECT_GT(answered, 0U);
}

class UpgradeTroubles : public testing::Test {
 protected:
  static app_settings two_processes(const std::string& trouble = "",
                                    std::vector<std::string> more = {}) {
    std::vector<std::string> flags = {"--nodes", "2", "--workers", "1"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags, .trouble = trouble};
  }
};

TEST_F(UpgradeTroubles, WhatHasBegunEndsWhereItIsAndItsConnectionFollows) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client sleeps(app.port());
  test_client half(app.port());
  ASSERT_EQ(generation_seen(half), "0");
  ASSERT_TRUE(sleeps.send("GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(half.send("GET /whoami HT"));
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  ASSERT_TRUE(half.send("TP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(generation_in(body_of(half.one_answer())), "1");
  EXPECT_EQ(body_of(sleeps.one_answer()), "slept");
  EXPECT_EQ(generation_seen(sleeps), "1");
}

TEST_F(UpgradeTroubles, AProgramThatCannotBootLeavesTheOldOneAlone) {
  upgraded cluster(two_processes("throw-again"));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  for (int times = 0; times < 2; ++times) {
    ASSERT_GT(cluster.begin(), 0);
    EXPECT_THAT(cluster.await_failure(), HasSubstr("no database at 10.0.0.7"));
    EXPECT_EQ(generation_seen(client), "0");
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(UpgradeTroubles, AnotherProgramThanOneOfOursIsNone) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const auto of_it = " --pid " + std::to_string(app.pid());
  const std::pair<const char*, const char*> cases[] = {
      {"/bin/false", "the new program ended with code 1"},
      {"/nowhere/at-all", "cannot execute /nowhere/at-all: No such file"},
      {"/tmp", "it is no file"},
      {"/etc/passwd", "Permission denied"}};
  for (const auto& [binary, why] : cases) {
    const auto seen = run_shoal("upgrade --binary " + std::string(binary) + of_it);
    EXPECT_EQ(seen.exit_code, 1);
    EXPECT_THAT(seen.text, HasSubstr(why));
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
  }
}

TEST_F(UpgradeTroubles, WhoIsKilledInItsBootHasNotBeenThere) {
  upgraded cluster(two_processes("mute-heir"));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  const pid_t heir = cluster.begin();
  ASSERT_GT(heir, 0);
  app.signal(SIGUSR2);
  EXPECT_NE(app.wait_for("upgrade refused: an upgrade is under way"), "");
  app.signal(SIGHUP);
  EXPECT_NE(app.wait_for("if it fails, the reload follows it"), "");
  ::kill(heir, SIGKILL);
  EXPECT_THAT(cluster.await_failure(), HasSubstr("the new program was killed by SIGKILL"));
  EXPECT_NE(app.wait_for("reload: new processes serve"), "") << app.log();
  EXPECT_EQ(generation_seen(client), "1");
}

TEST_F(UpgradeTroubles, AStopMeanwhileEndsBoth) {
  upgraded cluster(two_processes("mute-heir"));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const pid_t heir = cluster.begin();
  ASSERT_GT(heir, 0);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0) << app.log();
  EXPECT_TRUE(::kill(heir, 0) != 0 || has_ended(heir));
}

TEST_F(UpgradeTroubles, WhoRestsIsNotChangedMeanwhile) {
  upgraded cluster(two_processes("mute-heir"));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  ASSERT_GT(cluster.begin(), 0);
  const auto seen = run_shoal("drain 0 --pid " + std::to_string(app.pid()));
  EXPECT_EQ(seen.exit_code, 1);
  EXPECT_THAT(seen.text, HasSubstr("an upgrade is under way"));
}

TEST_F(UpgradeTroubles, WhoRestsStaysSoInTheNextProgram) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(run_shoal("drain 0 --pid " + std::to_string(app.pid())).exit_code, 0);
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  const auto seen = run_shoal("processes --pid " + std::to_string(cluster.supervisor()));
  EXPECT_THAT(seen.text, HasSubstr(", drained"));
  for (int i = 0; i < 10; ++i) EXPECT_THAT(fetch(app.port(), "/whoami"), HasSubstr(" 1 1 1 "));
}

TEST_F(UpgradeTroubles, AnOldProgramThatIsKilledMeanwhileTakesTheNewOneAlong) {
  upgraded cluster(two_processes("mute-heir"));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const pid_t heir = cluster.begin();
  ASSERT_GT(heir, 0);
  app.signal(SIGKILL);
  EXPECT_EQ(app.ended(), 128 + SIGKILL);
  EXPECT_TRUE(has_ended(heir));
}

// A process that is stopped keeps its slot, so the next program cannot serve yet.
TEST_F(UpgradeTroubles, WhoDiesBeforeItServesGivesAllBack) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const bool ebpf = app.log().find("dispatch ebpf") != std::string::npos;
  const pid_t stopped = app.children().front();
  ASSERT_TRUE(stop_all_threads(stopped));
  const pid_t heir = cluster.begin();
  ASSERT_GT(heir, 0);
  ASSERT_NE(app.wait_for("its processes have been proved"), "") << app.log();
  ::kill(heir, SIGKILL);
  EXPECT_THAT(cluster.await_failure(), HasSubstr("was killed by SIGKILL"));
  ::kill(stopped, SIGCONT);
  const auto ready = app.wait_for("ready: ");
  ASSERT_NE(ready, "") << app.log();
  EXPECT_EQ(ready.find("dispatch ebpf") != std::string::npos, ebpf) << "it steers as before";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(UpgradeTroubles, WhoSleepsInAnOldProgramThatIsKilledIsLostAloneAndTheNewOneServes) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client idle(app.port());
  ASSERT_EQ(generation_seen(idle), "0");
  test_client sleeps(app.port());
  ASSERT_TRUE(sleeps.send("GET /sleep/600000 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  ASSERT_EQ(generation_seen(idle), "1");
  app.signal(SIGKILL);
  ASSERT_NE(app.wait_for("the old program has ended"), "") << app.log();
  EXPECT_EQ(sleeps.answer(), "");
  EXPECT_EQ(generation_seen(idle), "1");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

TEST_F(UpgradeTroubles, WhatNeedsANewStartIsRefused) {
  const std::string file = "/tmp/shoal_upgrade." + std::to_string(::getpid()) + ".toml";
  std::ofstream(file) << "workers = 1\n";
  upgraded cluster({.flags = {"--config", file}});
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const std::pair<const char*, const char*> cases[] = {
      {"listen = [\"127.0.0.1:9\"]\n", "127.0.0.1:9: not listened on before"},
      {"workers = 2\n", "nobody listens there in the same way yet"},
      {"workers = [\n", "ended with code 4"}};
  for (const auto& [text, why] : cases) {
    std::ofstream(file) << text;
    ASSERT_GT(cluster.begin(), 0);
    EXPECT_THAT(cluster.await_failure(), HasSubstr(why));
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
  }
  std::ofstream(file) << "workers = 1\nmax-requests = 7\n";
  EXPECT_TRUE(cluster.to_the_next()) << app.log();
  ::unlink(file.c_str());
}

TEST_F(UpgradeTroubles, FilesOfSocketsGoWithTheLastProgramAlone) {
  const std::string path = "/tmp/shoal_upgrade." + std::to_string(::getpid()) + ".sock";
  upgraded cluster(two_processes("", {"--listen", "127.0.0.1:0", "--listen", "unix:" + path}));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client kept(path);
  ASSERT_EQ(generation_seen(kept), "0");
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  ASSERT_NE(app.wait_for("the old program has ended"), "") << app.log();
  EXPECT_EQ(generation_seen(kept), "1");
  test_client fresh(path);
  EXPECT_EQ(generation_seen(fresh), "1");
  ::kill(cluster.supervisor(), SIGTERM);
  EXPECT_TRUE(has_ended(cluster.supervisor()));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UpgradeTroubles, AnotherOneWhileTheOldProgramStillFinishesLosesNobody) {
  upgraded cluster(two_processes("", {"--offload-after", "0"}));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 300; ++i) clients.emplace_back(app.port());
  test_client blocks(app.port());
  test_client sleeps(app.port());
  ASSERT_TRUE(sleeps.send("GET /sleep/500 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(blocks.send("GET /block/500 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  EXPECT_EQ(body_of(sleeps.one_answer()), "slept");
  EXPECT_EQ(body_of(blocks.one_answer()), "blocked");
  clients.push_back(std::move(sleeps));
  clients.push_back(std::move(blocks));
  for (auto& client : clients) {
    auto seen = generation_seen(client);
    while (seen == "1") seen = generation_seen(client);  // on its way
    ASSERT_EQ(seen, "2");
  }
}

TEST_F(UpgradeTroubles, WhoDiesWhenItServesLeavesTheOldOneToDrainAndEnd) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client sleeps(app.port());
  ASSERT_TRUE(sleeps.send("GET /sleep/300 HTTP/1.1\r\nHost: a\r\n\r\n"));
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  ::kill(cluster.supervisor(), SIGKILL);
  EXPECT_NE(app.wait_for("the program that has taken this one's place was killed"), "");
  EXPECT_EQ(body_of(sleeps.one_answer()), "slept");
  EXPECT_EQ(app.ended(), 0) << app.log();
}

TEST_F(UpgradeTroubles, WhoIsStoppedBeforeItServesLeavesTheFilesOfSocketsThere) {
  const std::string path = "/tmp/shoal_upgrade." + std::to_string(::getpid()) + ".sock";
  upgraded cluster(two_processes("", {"--listen", "127.0.0.1:0", "--listen", "unix:" + path}));
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const pid_t stopped = app.children().front();
  ASSERT_TRUE(stop_all_threads(stopped));
  const pid_t heir = cluster.begin();
  ASSERT_NE(app.wait_for("its processes have been proved"), "") << app.log();
  ::kill(heir, SIGTERM);
  EXPECT_THAT(cluster.await_failure(), HasSubstr("ended with code 0"));
  ::kill(stopped, SIGCONT);
  ASSERT_NE(app.wait_for("ready: "), "") << app.log();
  test_client client(path);
  EXPECT_NE(who_answers(client), "");
}

TEST_F(UpgradeTroubles, TheControlSocketMayMoveAndMayBeRelative) {
  const std::string stem = "/tmp/shoal_upgrade." + std::to_string(::getpid());
  const std::string file = stem + ".toml";
  std::ofstream(file) << "workers = 1\ncontrol = \"" << stem << ".a.sock\"\n";
  upgraded cluster({.flags = {"--config", file}});
  ASSERT_TRUE(cluster.app.ready()) << cluster.app.log();
  for (const auto& path : {stem + ".a.sock", stem + ".b.sock"}) {
    // Relative to the root, as the test may stand anywhere.
    std::string up;
    for (auto at = std::filesystem::current_path(); at != at.root_path(); at = at.parent_path()) {
      up += "../";
    }
    std::ofstream(file) << "workers = 1\ncontrol = \"" << up << path.substr(1) << "\"\n";
    ASSERT_TRUE(cluster.to_the_next()) << cluster.app.log();
    ASSERT_NE(cluster.app.wait_for("the old program has ended"), "");
    const auto told = run_shoal("processes --pid " + std::to_string(cluster.supervisor()));
    EXPECT_EQ(told.exit_code, 0) << told.text;
  }
  EXPECT_FALSE(std::filesystem::exists(stem + ".a.sock"));
  ::kill(cluster.supervisor(), SIGTERM);
  EXPECT_TRUE(has_ended(cluster.supervisor()));
  EXPECT_FALSE(std::filesystem::exists(stem + ".b.sock"));
  ::unlink(file.c_str());
}

TEST_F(UpgradeTroubles, APathThatWasGivenIsTheProgramsOwnFromThenOn) {
  const std::string copy = "/tmp/shoal_upgrade." + std::to_string(::getpid()) + ".copy";
  std::filesystem::copy_file(TEST_APP_PATH, copy);
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("upgrade --binary " + copy + " --pid " + std::to_string(app.pid()));
  ASSERT_GT(cluster.begun(), 0) << app.log();
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  ASSERT_TRUE(cluster.to_the_next()) << app.log();
  const auto first = app.log().find("upgrade: " + copy);
  EXPECT_NE(app.log().find("upgrade: " + copy, first + 1), std::string::npos) << app.log();
  ::unlink(copy.c_str());
}

TEST_F(UpgradeTroubles, ARollbackPutsTheProgramFromBeforeInPlaceThoughItsFileIsGone) {
  const std::string copy = "/tmp/shoal_rollback." + std::to_string(::getpid()) + ".copy";
  std::filesystem::copy_file(TEST_APP_PATH, copy);
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  test_client kept(app.port());
  ASSERT_EQ(generation_seen(kept), "0");
  const auto ask = [&](const std::string& verb) {
    const auto seen = run_shoal(verb + " --pid " + std::to_string(cluster.supervisor()));
    EXPECT_EQ(seen.exit_code, 0) << seen.text << app.log();
    EXPECT_GT(cluster.begun(), 0) << app.log();
    return std::filesystem::read_symlink("/proc/" + std::to_string(cluster.supervisor()) + "/exe");
  };
  const auto refused = run_shoal("rollback --pid " + std::to_string(app.pid()));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.text, HasSubstr("there is nothing to go back to"));
  EXPECT_EQ(ask("upgrade --binary " + copy), copy);
  ::unlink(copy.c_str());
  EXPECT_EQ(ask("rollback"), std::filesystem::canonical(TEST_APP_PATH));
  EXPECT_EQ(ask("rollback"), copy + " (deleted)") << "what was gone back from, again";
  EXPECT_EQ(generation_seen(kept), "3");
}

TEST_F(UpgradeTroubles, TheOperatorsProgramTalksToWhoServes) {
  upgraded cluster(two_processes());
  auto& app = cluster.app;
  ASSERT_TRUE(app.ready()) << app.log();
  const auto seen = run_shoal("upgrade --pid " + std::to_string(app.pid()));
  ASSERT_GT(cluster.begun(), 0) << app.log();
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  EXPECT_EQ(seen.text, "process " + std::to_string(cluster.supervisor()) + " serves\n");
  const auto of_it = " --pid " + std::to_string(cluster.supervisor());
  EXPECT_EQ(run_shoal("reload" + of_it).exit_code, 0);
  EXPECT_THAT(run_shoal("processes" + of_it).text, HasSubstr("serving"));
  EXPECT_EQ(run_shoal("stop" + of_it).exit_code, 0);
  EXPECT_TRUE(has_ended(cluster.supervisor()));
}

}  // namespace
}  // namespace shoal::cluster
