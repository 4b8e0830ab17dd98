// Whole clusters: how they start, what they refuse, and how they stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "cluster/exit_code.h"
#include "running_app.h"
#include "shm/load_finder.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class EachDriver : public testing::TestWithParam<const char*> {};

TEST_P(EachDriver, AClusterStartsAnswersAndStops) {
  auto app = run_app({.flags = {"--driver", GetParam(), "--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  EXPECT_THAT(fetch(app.port(), "/whoami"), HasSubstr(GetParam()));
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
  EXPECT_TRUE(app.children().empty());
}

INSTANTIATE_TEST_SUITE_P(Start, EachDriver, testing::Values("uring", "epoll"));

TEST(Start, TheLineOfReadinessNamesWhatWasDecided) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1", "--driver", "epoll"}});
  const auto line = app.wait_for("ready:");
  EXPECT_THAT(line, HasSubstr("listening on 127.0.0.1:"));
  EXPECT_THAT(line, HasSubstr("2 processes x 1 worker; driver epoll (as asked for)"));
}

TEST(Start, EveryNodeProcessServes) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(app.children().size(), 2U);
  std::string seen;
  for (int i = 0; i < 200 && (seen.find('0') == seen.npos || seen.find('1') == seen.npos); ++i) {
    const auto who = fetch(app.port(), "/whoami");
    seen += who.substr(who.find(' ') + 1, 1);
  }
  EXPECT_THAT(seen, HasSubstr("0"));
  EXPECT_THAT(seen, HasSubstr("1"));
}

TEST(Start, ASecondCopyIsRefusedByName) {
  auto first = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(first.ready()) << first.log();
  const auto address = "127.0.0.1:" + std::to_string(first.port());
  auto second = run_app({.flags = {"--workers", "2", "--listen", address}});
  EXPECT_EQ(second.ended(), exit_address);
  EXPECT_THAT(second.log(), HasSubstr("cannot listen on " + address + ": the port is taken"));
  EXPECT_EQ(fetch(first.port(), "/"), "hello");
}

struct bad_input {
  const char* name;
  app_settings settings;
  int code;
  const char* line;
};

class BadInput : public testing::TestWithParam<bad_input> {};

TEST_P(BadInput, EndsWithACodeAndALineThatNamesIt) {
  auto app = run_app(GetParam().settings);
  EXPECT_EQ(app.ended(), GetParam().code);
  EXPECT_THAT(app.log(), HasSubstr(GetParam().line));
}

void limit_descriptors(rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Even root needs this capability for a port below 1024.
void drop_bind_privilege() { ::prctl(PR_CAPBSET_DROP, CAP_NET_BIND_SERVICE); }

const bad_input bad_inputs[] = {
    {"NoWorkers", {.flags = {"--workers", "0"}}, exit_usage, "--workers \"0\": must be"},
    {"UnknownFlag", {.flags = {"--wokers", "1"}}, exit_usage, "did you mean --workers?"},
    {"NoAddress", {.flags = {"--listen", "8080"}}, exit_usage, "--listen \"8080\": no port"},
    {"NothingToListenOn", {.flags = {"--listen", ""}}, exit_usage, "nothing to listen on"},
    {"DispatchWithoutSense",
     {.flags = {"--dispatch", "reuseport", "--policy", "p2c"}},
     exit_usage,
     "dispatch reuseport cannot do policy p2c"},
    {"UnitWithoutSense",
     {.flags = {"--unit", "none", "--nodes", "2"}},
     exit_usage,
     "unit none is one node process for all cores: nodes must be 1 or auto, not 2"},
    {"UnitOfNothing",
     {.flags = {"--unit", "core-group:0"}},
     exit_usage,
     "must be numa, llc, package"},
    {"MemoryWithoutSense",
     {.flags = {"--placement", "remote", "--memory", "interleave"}},
     exit_usage,
     "memory must be auto, bind or preferred, not interleave"},
    {"RouteConflict", {.trouble = "conflict"}, exit_configuration, "test_app.cc:"},
    {"AccessLogFormat",
     {.flags = {"--access-log-format", "xml"}},
     exit_usage,
     "--access-log-format \"xml\": must be common, combined or json"},
    {"AccessLogQuery",
     {.flags = {"--access-log-query", "all"}},
     exit_usage,
     "must be names or values"},
    {"AccessLogNowhere",
     {.flags = {"--access-log", "/nonexistent/log"}},
     exit_configuration,
     "cannot open access log /nonexistent/log: No such file or directory; make its directory"},
    {"TooManyWorkers",
     {.flags = {"--workers", "4000"}},
     exit_configuration,
     "lower --workers or --max-connections"},
    {"TooFewDescriptors",
     {.flags = {"--workers", "2"}, .before_exec = [] { limit_descriptors(32, 32); }},
     exit_configuration,
     "RLIMIT_NOFILE allows 32"},
    {"PrivilegedPort",
     {.flags = {"--listen", "127.0.0.1:79"}, .before_exec = drop_bind_privilege},
     exit_address,
     "127.0.0.1:79: a port below 1024 needs a privilege"},
    {"ForeignAddress",
     {.flags = {"--listen", "192.0.2.1:8080"}},
     exit_address,
     "cannot listen on 192.0.2.1:8080: no interface"},
    {"BootThatFails",
     {.flags = {"--restart-delay", "1ms", "--workers", "2"}, .trouble = "throw"},
     exit_restart_exceeded,
     "The last reason: worker "},
    {"BootThatHangs",
     {.flags = {"--restart-delay", "1ms", "--boot-timeout", "20ms", "--restart-limit", "1"},
      .trouble = "hang"},
     exit_restart_exceeded,
     "not ready within its boot timeout"},
};

INSTANTIATE_TEST_SUITE_P(Start, BadInput, testing::ValuesIn(bad_inputs),
                         [](const auto& it) { return std::string(it.param.name); });

TEST(Start, AFailedBootSaysTheReasonInTheProgramsOwnWords) {
  auto app = run_app({.flags = {"--restart-delay", "1ms"}, .trouble = "throw"});
  EXPECT_THAT(app.wait_for("boot failed"), HasSubstr("no database at 10.0.0.7"));
}

TEST(Start, ALowSoftLimitIsRaised) {
  auto app =
      run_app({.flags = {"--workers", "1"}, .before_exec = [] { limit_descriptors(24, 4096); }});
  EXPECT_TRUE(app.ready()) << app.log();
}

TEST(Start, HelpGoesToStdoutAndEndsWell) {
  auto app = run_app({.flags = {"--help"}});
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_EQ(app.log(), "");
}

TEST(Start, ANodeProcessHoldsItsOwnSocketsAlone) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "2", "--driver", "uring"}});
  if (!app.ready()) GTEST_SKIP() << "io_uring cannot be used here";
  for (const auto child : app.children()) {
    int sockets = 0;
    for (int fd = 3; fd < 64; ++fd) {
      char text[64] = {};
      const auto path = "/proc/" + std::to_string(child) + "/fd/" + std::to_string(fd);
      if (::readlink(path.c_str(), text, sizeof text - 1) < 0) continue;
      const std::string_view target = text;
      sockets += target.starts_with("socket:");
      EXPECT_NE(target, "anon_inode:[eventpoll]") << "the supervisor's";
      EXPECT_NE(target, "anon_inode:[pidfd]") << "the supervisor's";
    }
    EXPECT_EQ(sockets, 3) << "two listeners and the channel";
  }
}

TEST(Start, ANodeProcessWithOneWorkerIsSmall) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  std::ifstream file("/proc/" + std::to_string(app.children().front()) + "/statm");
  long all = 0;
  long resident = 0;
  file >> all >> resident;
  const long kib = resident * (::sysconf(_SC_PAGESIZE) / 1024);
  std::printf("resident: %ld KiB\n", kib);
  if (all > (1L << 30)) GTEST_SKIP() << "a sanitizer's memory is in the way";
  EXPECT_LE(kib, 6 * 1024);
}

TEST(Start, WorkersPublishTheirSlots) {
  auto app = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
  const auto found = shm::find_load_segments();
  bool ours = false;
  for (const auto& segment : found.segments) {
    if (segment.view.header().supervisor_pid != static_cast<std::uint64_t>(app.pid())) continue;
    ours = true;
    std::uint64_t accepted = 0;
    for (unsigned slot = 0; slot < 2; ++slot) {
      const auto view = shm::read_slot(segment.view.slot(slot), read_clock());
      EXPECT_EQ(view.state, shm::worker_state::ready);
      accepted += view.connections_accepted;
    }
    EXPECT_EQ(accepted, 5U);
  }
  EXPECT_TRUE(ours);
}

TEST(Start, AnIdleClusterDoesNotTick) {
  auto app = run_app({.flags = {"--workers", "2"}});
  ASSERT_TRUE(app.ready()) << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  const auto switches = [&] {
    long total = 0;
    for (const auto pid : app.children()) {
      std::ifstream file("/proc/" + std::to_string(pid) + "/schedstat");
      long run = 0;
      long wait = 0;
      long slices = 0;
      file >> run >> wait >> slices;
      total += slices;
    }
    return total;
  };
  // After the last request the watcher looks a few times more. Then it has to sleep: of several
  // stretches, one is still.
  long most = 3;
  for (int i = 0; i < 3 && most > 2; ++i) {
    const auto before = switches();
    EXPECT_EQ(app.wait_for("a line that does not come", 1200ms), "");
    most = switches() - before;
  }
  EXPECT_LE(most, 2);
}

TEST(Stop, TermLetsARequestThatHasBegunEnd) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_TRUE(client.ask("/sleep/300"));
  EXPECT_EQ(fetch(app.port(), "/"), "hello");  // so the one before has been read
  app.signal(SIGTERM);
  EXPECT_THAT(client.answer(), HasSubstr("slept"));
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST(Stop, ASecondTermStopsAtOnce) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_TRUE(client.ask("/sleep/60000"));
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
  app.signal(SIGTERM);
  ASSERT_NE(app.wait_for("draining"), "");
  // Too soon, it is the same wish; so again until it is another.
  for (int i = 0; i < 1000 && app.wait_for("stopping at once", 20ms).empty(); ++i) {
    app.signal(SIGTERM);
  }
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_EQ(client.answer(), "");
}

TEST(Start, WhatIsDoneAgainAndAgainIsDoneByEachWorkerOrByTheFirst) {
  auto app = run_app({.flags = {"--nodes", "2", "--workers", "1"}, .trouble = "ticks"});
  ASSERT_TRUE(app.ready()) << app.log();
  for (const char* const line : {"each 0 0", "each 1 0", "one 0 0", "one 0 0"}) {
    EXPECT_NE(app.wait_for(line), "") << line;
  }
  app.signal(SIGHUP);
  for (const char* const line : {"each 0 1", "each 1 1", "one 0 1", "one 0 1"}) {
    EXPECT_NE(app.wait_for(line), "") << line;
  }
  const auto first = app.children().front();
  ::kill(first, SIGKILL);
  EXPECT_NE(app.wait_for("after the loss of the one before"), "");
  EXPECT_NE(app.wait_for("one 0"), "") << "whoever is worker 0 now";
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_EQ(app.log().find("one 1"), std::string::npos);
}

TEST(Stop, LoadBalancersAreToldFirstAndServedUntilTheyHaveGone) {
  auto app = run_app({.flags = {"--workers", "1", "--drain-delay", "3s"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client kept(app.port());
  const std::string ready = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
  ASSERT_TRUE(kept.send(ready));
  EXPECT_EQ(body_of(kept.one_answer()), "ok");
  app.signal(SIGTERM);
  ASSERT_NE(app.wait_for("draining in 3000.0 ms"), "") << app.log();
  std::string answer;
  do {
    ASSERT_TRUE(kept.send(ready));
    answer = kept.one_answer();
  } while (body_of(answer) == "ok");  // until the worker has heard of it
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_EQ(fetch(app.port(), "/"), "hello") << "new ones are let in until they stay away";
  ::kill(app.children().front(), SIGKILL);
  ASSERT_NE(app.wait_for("after the loss of the one before"), "") << app.log();
  EXPECT_EQ(fetch(app.port(), "/"), "hello") << "and who crashes is replaced";
  EXPECT_EQ(app.ended(), exit_stopped) << app.log();
}

TEST(Stop, TheDrainTimeoutEndsWhatDoesNotEndByItself) {
  auto app = run_app({.flags = {"--workers", "1", "--drain-timeout", "30ms"}});
  ASSERT_TRUE(app.ready()) << app.log();
  test_client client(app.port());
  ASSERT_TRUE(client.ask("/block/60000"));
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
  EXPECT_THAT(app.log(), HasSubstr("has not drained within its timeout; killed"));
}

TEST(Stop, AStoppedNodeProcessIsKilledAtTheEnd) {
  auto app = run_app({.flags = {"--workers", "1", "--drain-timeout", "30ms"}});
  ASSERT_TRUE(app.ready()) << app.log();
  ::kill(app.children().front(), SIGSTOP);
  app.signal(SIGINT);
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST(Stop, ABootThatHangsCanBeStopped) {
  auto app =
      run_app({.flags = {"--drain-timeout", "30ms", "--log-level", "debug"}, .trouble = "hang"});
  while (app.children().empty()) {
  }
  app.signal(SIGTERM);
  EXPECT_EQ(app.ended(), exit_stopped);
}

TEST(Stop, ASignalThatMeansNothingIsNamedAndIgnored) {
  auto app = run_app({.flags = {"--workers", "1"}});
  ASSERT_TRUE(app.ready()) << app.log();
  app.signal(SIGWINCH);
  EXPECT_NE(app.wait_for("SIGWINCH: it means nothing here; ignored"), "");
  EXPECT_EQ(fetch(app.port(), "/"), "hello");
}

}  // namespace
}  // namespace shoal::cluster
