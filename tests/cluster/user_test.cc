// Whole clusters whose node processes have become somebody without rights, and what others can do
// to them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "shoal_program.h"
#include "support/child_process.h"
#include "support/scratch_directory.h"

namespace shoal::cluster {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Numbers that no file knows: nobody else on the machine is they.
constexpr uid_t server_user = 54'321;
constexpr uid_t stranger = 54'322;

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// "CapEff" of /proc/PID/status, its words with a space between them.
std::string field_of(pid_t pid, const std::string& name) {
  std::istringstream lines(contents_of("/proc/" + std::to_string(pid) + "/status"));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name + ":")) continue;
    std::istringstream words(line.substr(name.size() + 1));
    std::string all;
    for (std::string word; words >> word;) all.append(all.empty() ? "" : " ").append(word);
    return all;
  }
  return "?";
}

class User : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become others";
    ::chown((place_ / ".").c_str(), server_user, server_user);
    ::chmod((place_ / ".").c_str(), 0755);
  }

  [[nodiscard]] static app_settings settings(std::vector<std::string> more = {}) {
    std::vector<std::string> flags = {"--nodes", "2",     "--workers", "1",
                                      "--user",  "54321", "--group",   "54321"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = flags};
  }

  static void expect_no_rights(pid_t pid) {
    const std::string four = "54321 54321 54321 54321";
    EXPECT_EQ(field_of(pid, "Uid"), four);
    EXPECT_EQ(field_of(pid, "Gid"), four);
    EXPECT_EQ(field_of(pid, "Groups"), "54321");
    EXPECT_EQ(field_of(pid, "NoNewPrivs"), "1");
    for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
      EXPECT_EQ(field_of(pid, set), "0000000000000000") << set;
    }
    struct stat found{};
    ::stat(("/proc/" + std::to_string(pid) + "/mem").c_str(), &found);
    EXPECT_EQ(found.st_uid, 0U) << "dumpable";
  }

  const shoal::testing::scratch_directory place_;
};

TEST_F(User, NodeProcessesHaveNoRightsAndTheSupervisorKeepsItsOwn) {
  for (const auto* driver : {"auto", "epoll"}) {
    auto app = run_app(settings({"--driver", driver}));
    ASSERT_TRUE(app.ready()) << app.log();
    ASSERT_EQ(app.children().size(), 2U);
    for (const auto child : app.children()) expect_no_rights(child);
    EXPECT_EQ(field_of(app.pid(), "Uid"), "0 0 0 0");
    EXPECT_EQ(fetch(app.port(), "/"), "hello");
    EXPECT_THAT(app.log(), Not(HasSubstr("warning")));
    app.signal(SIGTERM);
    EXPECT_EQ(app.ended(), 0);
  }
}

TEST_F(User, WithoutOneNodeProcessesGainNothingAllTheSame) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(field_of(app.children().front(), "NoNewPrivs"), "1");
  EXPECT_EQ(field_of(app.children().front(), "Uid"), "0 0 0 0");
}

TEST_F(User, AReloadMovesConnectionsToProcessesWithoutRights) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  const std::string ask = "GET /pid HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(ask);
  const auto before = body_of(client.one_answer());
  const auto seen = run_shoal("reload --pid " + std::to_string(app.pid()));
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  client.send(ask);
  const auto after = body_of(client.one_answer());
  EXPECT_NE(after, "");
  EXPECT_NE(after, before);
  expect_no_rights(std::stoi(after));
}

TEST_F(User, AnUpgradeLeavesTheNextOnesWithoutRightsToo) {
  adopt_orphans();
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGUSR2);
  const std::string before_pid = "beside this program (pid ";
  const auto begun = app.wait_for(before_pid);
  ASSERT_NE(begun, "") << app.log();
  const pid_t heir = std::stoi(begun.substr(begun.find(before_pid) + before_pid.size()));
  EXPECT_NE(app.wait_for("; those before finish what"), "") << app.log();
  const auto after = fetch(app.port(), "/pid");
  EXPECT_NE(after, "");
  if (!after.empty()) expect_no_rights(std::stoi(after));
  EXPECT_EQ(field_of(heir, "Uid"), "0 0 0 0");
  ::kill(heir, SIGKILL);
  EXPECT_TRUE(has_ended(heir));
}

TEST_F(User, TheAccessLogIsTheirs) {
  auto app = run_app(settings({"--access-log", place_ / "log"}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  std::filesystem::rename(place_ / "log", place_ / "old");
  app.signal(SIGUSR1);
  ASSERT_NE(app.wait_for("was opened again"), "");
  ASSERT_NE(app.wait_for("was opened again"), "");
  EXPECT_EQ(fetch(app.port(), "/pid") == "", false);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0);
  EXPECT_THAT(contents_of(place_ / "old"), HasSubstr("GET / HTTP/1.1"));
  EXPECT_THAT(contents_of(place_ / "log"), HasSubstr("GET /pid HTTP/1.1"));
  struct stat found{};
  ::stat((place_ / "log").c_str(), &found);
  EXPECT_EQ(found.st_uid, server_user);
}

TEST_F(User, AnAccessLogThatTheyMayNotWriteIsSaidAtTheStart) {
  ::chown((place_ / ".").c_str(), 0, 0);
  for (std::vector<std::string> flags : {std::vector<std::string>{"--access-log", place_ / "log"},
                                         {"--check", "--access-log", place_ / "log"}}) {
    auto app = run_app(settings(flags));
    EXPECT_EQ(app.ended(), exit_configuration);
    EXPECT_THAT(app.log(), HasSubstr("log: Permission denied"));
  }
}

/// The file that stdout is may be root's alone.
TEST_F(User, TheAccessLogMayBeAStdoutThatTheyCouldNotOpen) {
  const auto path = place_.write("out", "");
  ::chown(path.c_str(), 0, 0);
  ::chmod(path.c_str(), 0600);
  auto wanted = settings({"--access-log", "-"});
  wanted.before_exec = [path] { ::dup2(::open(path.c_str(), O_WRONLY | O_APPEND), 1); };
  auto app = run_app(wanted);
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGUSR1);
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), 0);
  EXPECT_THAT(contents_of(path), HasSubstr("GET / HTTP/1.1"));
  EXPECT_THAT(app.log(), Not(HasSubstr("cannot open")));
}

TEST_F(User, ACrashIsToldAndTheNextOneHasNoRightsEither) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/abort"), "");
  EXPECT_NE(app.wait_for("*** SIGABRT in process"), "");
  EXPECT_NE(app.wait_for("was killed by SIGABRT"), "");
  ASSERT_NE(app.wait_for("is ready"), "");
  for (const auto child : app.children()) expect_no_rights(child);
}

TEST_F(User, AHandlerThatHoldsItsWorkerIsStillNamed) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  client.ask("/hold");
  EXPECT_NE(app.wait_for("route GET /hold"), "") << app.log();
}

/// Becoming another makes the kernel forget whose death ends them. What is held up would else go on
/// until the drain timeout.
TEST_F(User, NodeProcessesDieWithTheSupervisor) {
  adopt_orphans();
  auto app = run_app(settings({"--drain-timeout", "5m"}));
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  client.ask("/hold");
  ASSERT_NE(app.wait_for("holding"), "");
  const auto children = app.children();
  app.signal(SIGKILL);
  for (const auto child : children) EXPECT_TRUE(has_ended(child));
}

/// Root's rings count against no limit, theirs do.
TEST_F(User, TooLittleLockedMemoryIsNoBootThatFails) {
  auto wanted = settings({"--driver", "auto"});
  wanted.before_exec = [] {
    const rlimit little{64 << 10, 64 << 10};
    ::setrlimit(RLIMIT_MEMLOCK, &little);
  };
  auto app = run_app(wanted);
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

struct mistake {
  std::vector<std::string> flags;
  int code;
  const char* says;
};

TEST_F(User, MistakesAreSaidAtTheStart) {
  for (const mistake& m :
       {mistake{{"--user", "no-such-user"}, exit_configuration, "nobody is called so"},
        mistake{{"--user", "root"}, exit_configuration, "user root is root"},
        mistake{{"--user", "54321"}, exit_configuration, "add --group"},
        mistake{{"--group", "54321"}, exit_usage, "add --user"},
        mistake{
            {"--check", "--user", "no-such-user"}, exit_configuration, "nobody is called so"}}) {
    auto app = run_app({.flags = m.flags});
    EXPECT_EQ(app.ended(), m.code) << m.says;
    EXPECT_THAT(app.log(), HasSubstr(m.says));
  }
}

TEST_F(User, ARootWithoutTheRightIsToldSo) {
  auto wanted = settings();
  wanted.before_exec = [] { ::prctl(PR_CAPBSET_DROP, CAP_KILL); };
  auto app = run_app(wanted);
  EXPECT_EQ(app.ended(), exit_configuration);
  EXPECT_THAT(app.log(), HasSubstr("may not change its user"));
}

/// Runs `body` as somebody, and returns what it returns.
template <typename Body>
int as_user(uid_t user, Body body) {
  shoal::testing::child_process child([&] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(user) != 0 || ::setuid(user) != 0) ::_exit(90);
    ::_exit(body());
  });
  const int status = child.wait();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// How much of it works: 0 is nothing.
int attack(pid_t pid) {
  const auto proc = "/proc/" + std::to_string(pid);
  int worked = 0;
  for (const int signal : {SIGTERM, SIGHUP, SIGUSR1, SIGKILL}) {
    worked += ::kill(pid, signal) == 0 || errno != EPERM ? 1 : 0;
  }
  for (const char* file : {"/mem", "/environ", "/maps", "/stack", "/fd/0"}) {
    worked += ::open((proc + file).c_str(), O_RDONLY) >= 0 ? 1 : 0;
  }
  worked += ::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) == 0 ? 1 : 0;
  worked += ::setpriority(PRIO_PROCESS, static_cast<id_t>(pid), 19) == 0 ? 1 : 0;
  return worked;
}

TEST_F(User, AStrangerCanDoNothingToAnyOfThem) {
  const auto control = place_ / "control";
  auto app = run_app(settings({"--control", control}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(as_user(stranger, [&] { return attack(app.pid()); }), 0);
  for (const auto child : app.children()) {
    EXPECT_EQ(as_user(stranger, [&] { return attack(child); }), 0);
  }
  EXPECT_EQ(as_user(stranger, [&] { return test_client(control).connected() ? 1 : 0; }), 0);
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

/// One of them that somebody else has come to rule.
TEST_F(User, ANodeProcessCanDoNothingToTheSupervisorNorLookIntoAnother) {
  const auto control = place_ / "control";
  auto app = run_app(settings({"--control", control}));
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(as_user(server_user, [&] { return attack(app.pid()); }), 0);
  EXPECT_EQ(as_user(server_user, [&] { return test_client(control).connected() ? 1 : 0; }), 0);
  const auto memory = "/proc/" + std::to_string(app.children().front()) + "/mem";
  EXPECT_EQ(as_user(server_user, [&] { return ::open(memory.c_str(), O_RDONLY) >= 0 ? 1 : 0; }), 0);
  ASSERT_EQ(::chmod(control.c_str(), 0666), 0);  // whatever somebody does to the file
  for (const std::string verb : {"stop?now=1", "reload", "kill?node=0", "restart?node=0"}) {
    EXPECT_EQ(as_user(server_user,
                      [&] {
                        test_client client(control);
                        if (!client.connected()) return 2;
                        client.send("POST /v1/" + verb + " HTTP/1.1\r\nHost: a\r\n\r\n");
                        return client.one_answer().starts_with("HTTP/1.1 403 ") ? 0 : 1;
                      }),
              0)
        << verb;
  }
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

}  // namespace
}  // namespace shoal::cluster
