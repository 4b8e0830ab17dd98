// What the runner knows of machines, processes and other programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "bench/child_process.h"
#include "bench/cores.h"
#include "bench/http_ask.h"
#include "bench/machine_costs.h"
#include "bench/machine_facts.h"
#include "bench/peers.h"
#include "bench/process_facts.h"
#include "bench/spin.h"
#include "support/scratch_directory.h"
#include "topology/text.h"

namespace shoal::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::chrono::seconds patience{30};

bool never_stop() { return false; }

topology::machine machine_of(const std::vector<topology::core>& cores) {
  return {.nodes = {{.id = 0}}, .cores = cores};
}

/// A zombie that nobody has waited for yet is none.
bool is_alive(pid_t pid) {
  const auto text = topology::read_what_is_there("/proc/" + std::to_string(pid) + "/stat");
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end, 3) != ") Z";
}

TEST(BenchCores, TakesTwoPhysicalOnesIfThereAre) {
  const auto machine = machine_of({{.id = 0, .thread = 0},
                                   {.id = 1, .thread = 1},
                                   {.id = 2, .thread = 0},
                                   {.id = 3, .thread = 1}});
  const auto chosen = choose_cores(machine, {0, 1, 2, 3});
  ASSERT_TRUE(chosen.ok());
  EXPECT_THAT(chosen.value().server, ElementsAre(0U));
  EXPECT_THAT(chosen.value().generator, ElementsAre(2U));
  const auto siblings = choose_cores(machine, {0, 1});
  ASSERT_TRUE(siblings.ok());
  EXPECT_THAT(siblings.value().generator, ElementsAre(1U));
}

TEST(BenchCores, OfFourAndMoreGiveBothSidesTheirHalf) {
  const auto machine = machine_of({{.id = 0}, {.id = 1}, {.id = 2}, {.id = 3}, {.id = 4}});
  const auto chosen = choose_cores(machine, {0, 1, 2, 3, 4});
  ASSERT_TRUE(chosen.ok());
  EXPECT_THAT(chosen.value().server, ElementsAre(0U, 1U));
  EXPECT_THAT(chosen.value().generator, ElementsAre(2U, 3U));
  EXPECT_THAT(choose_own_cores(machine, {1, 2, 3, 4}), ElementsAre(1U, 2U));
  EXPECT_THAT(choose_own_cores(machine, {3}), ElementsAre(3U));
}

TEST(BenchCores, OfOnePhysicalCoreAreRefusedWhereThereIsAnother) {
  const testing::scratch_directory root;
  for (const char* const cpu : {"cpu0", "cpu1"}) {
    const std::string path = std::string("sys/devices/system/cpu/") + cpu + "/topology";
    std::filesystem::create_directories(root / path.c_str());
    static_cast<void>(root.write((path + "/thread_siblings_list").c_str(), "0-1\n"));
  }
  const bench_cores both{{0}, {1}};
  const auto refused = check_threads(both, {0, 1, 2}, root / "");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("core 2 is another one"));
  EXPECT_THAT(check_threads(both, {0, 1}, root / "").value(), HasSubstr("two hardware threads"));
  EXPECT_EQ(check_threads({{0}, {2}}, {0, 1, 2}, root / "").value(), "");
}

TEST(BenchCores, RefusesASingleOne) {
  const auto one = choose_cores(machine_of({{.id = 3}}), {3});
  ASSERT_FALSE(one.ok());
  EXPECT_THAT(one.error().message, HasSubstr("core 3 alone"));
}

TEST(BenchCores, ReadsWhichOnesSomebodyWants) {
  const auto two = parse_cores("1,0", {0, 1});
  ASSERT_TRUE(two.ok());
  EXPECT_THAT(two.value().server, ElementsAre(1U));
  const auto ranges = parse_cores("0-1,2-3", {0, 1, 2, 3});
  ASSERT_TRUE(ranges.ok());
  EXPECT_THAT(ranges.value().generator, ElementsAre(2U, 3U));
  for (const char* text : {"", "1", "1,", "1,1", "0,2", "0,1,2", "x,y", "0-1,1"}) {
    EXPECT_FALSE(parse_cores(text, {0, 1}).ok()) << text;
  }
}

TEST(BenchProcesses, ReadsTheMachinesTime) {
  const auto time = machine_time_in("cpu  100 10 50 1000 40 5 5 20 7 0\ncpu0 1 1 1\n", 100);
  EXPECT_DOUBLE_EQ(time.busy, 1.7);
  EXPECT_DOUBLE_EQ(time.stolen, 0.2);
  EXPECT_DOUBLE_EQ(time.all, 12.3);
  EXPECT_EQ(machine_time_in("", 100).all, 0);
  EXPECT_GT(read_machine_time().all, 0);
}

TEST(BenchProcesses, CountsBothKindsOfSwitches) {
  EXPECT_EQ(
      switches_in("Name:\tx\nvoluntary_ctxt_switches:\t150\nnonvoluntary_ctxt_switches:\t7\n"),
      157U);
  EXPECT_EQ(switches_in(""), 0U);
}

TEST(BenchProcesses, KnowsWhatThisOneHasUsed) {
  const auto use = use_of({::getpid()});
  ASSERT_TRUE(use.has_value());
  EXPECT_GT(use->cpu_ns, 0U);
  EXPECT_GT(use->resident_bytes, 4096U);
  EXPECT_THAT(processes_of(::getpid()), Contains(::getpid()));
  EXPECT_FALSE(use_of({-5}).has_value());
}

TEST(BenchChild, SaysWhatItSaidWhenItEnds) {
  auto child =
      child_process::start({.words = {"sh", "-c", "echo one; echo two; echo why >&2; exit 7"}});
  ASSERT_TRUE(child.ok());
  const auto until = read_clock() + patience;
  EXPECT_EQ(child.value().read_line(until, never_stop).value(), "one");
  EXPECT_EQ(child.value().wait(until, never_stop).value(), 7);
  EXPECT_EQ(child.value().output(), "two\n");
  EXPECT_EQ(child.value().last_words(), "why");
  EXPECT_EQ(child.value().how_it_ended(), "with exit code 7");
  EXPECT_TRUE(child.value().ended());
}

TEST(BenchChild, NamesAProgramThatThereIsNot) {
  auto child = child_process::start({.words = {"/nonexistent/program"}});
  ASSERT_TRUE(child.ok());
  const auto line = child.value().read_line(read_clock() + patience, never_stop);
  ASSERT_FALSE(line.ok());
  EXPECT_THAT(line.error().message, HasSubstr("/nonexistent/program: No such file"));
}

TEST(BenchChild, IsGoneWithAllThatItHasStarted) {
  pid_t pid = 0;
  pid_t grandchild = 0;
  {
    auto child = child_process::start({.words = {"sh", "-c", "sleep 1000 & echo $!; wait"}});
    ASSERT_TRUE(child.ok());
    pid = child.value().pid();
    grandchild = std::stoi(child.value().read_line(read_clock() + patience, never_stop).value());
    EXPECT_THAT(processes_of(pid), Contains(grandchild));
  }
  EXPECT_FALSE(use_of({pid}).has_value());
}

/// What one writes on stderr stays in neither memory nor pipe.
TEST(BenchChild, IsRememberedByTheLastThatItHasSaid) {
  auto child = child_process::start(
      {.words = {"sh", "-c",
                 "head -c 3000000 /dev/zero | tr '\\0' x >&2; echo; echo last >&2; read never"}});
  ASSERT_TRUE(child.ok());
  ASSERT_TRUE(child.value().read_line(read_clock() + patience, never_stop).ok())
      << "it waits for nobody who reads";
  EXPECT_THAT(child.value().wait(read_clock() + patience, never_stop).value(), 1) << "no stdin";
  const auto said = child.value().last_words();
  EXPECT_THAT(said, EndsWith("xlast"));
  EXPECT_LE(said.size(), words_kept);
}

/// A process that is killed between us and what it has started.
TEST(BenchChild, IsGoneWithAllThatItHasStartedWhenWeAreKilled) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t us = ::fork();
  if (us == 0) {
    auto child = child_process::start({.words = {"sh", "-c", "sleep 1000 & echo $!; wait"}});
    const auto line = child.value().read_line(read_clock() + patience, never_stop);
    const auto text = line.value() + "\n";
    if (::write(ends[1], text.data(), text.size()) < 0) ::_exit(1);
    ::kill(::getpid(), SIGKILL);
  }
  ::close(ends[1]);
  char text[32] = {};
  ASSERT_GT(::read(ends[0], text, sizeof text - 1), 0);
  ::close(ends[0]);
  ::waitpid(us, nullptr, 0);
  const pid_t grandchild = std::stoi(text);
  const auto until = read_clock() + patience;
  while (is_alive(grandchild) && read_clock() < until) ::poll(nullptr, 0, 1);
  EXPECT_FALSE(is_alive(grandchild));
}

TEST(BenchChild, IsNotWaitedForBeyondAnInterruption) {
  auto child = child_process::start({.words = {"sleep", "1000"}});
  ASSERT_TRUE(child.ok());
  const auto line = child.value().read_line(never, [] { return true; });
  ASSERT_FALSE(line.ok());
  EXPECT_EQ(line.error().code, EINTR);
}

TEST(BenchPeers, HaveTheirPortAndDirectory) {
  EXPECT_EQ(filled_in("a {address}:{port} b {directory}/x {port} {target}",
                      {"10.0.0.1", 80, "/tmp/y", "/z"}),
            "a 10.0.0.1:80 b /tmp/y/x 80 /z");
  peer other;
  ASSERT_TRUE(parse_peer("mine='x'", other));
  EXPECT_EQ(other.name, "mine");
  for (const char* text : {"", "nginx", "=cmd", "name="})
    EXPECT_FALSE(parse_peer(text, other)) << text;
}

TEST(BenchPeers, FindsProgramsWhereServersAre) {
  EXPECT_THAT(find_program("sh"), HasSubstr("/sh"));
  EXPECT_EQ(find_program("no-such-program-anywhere"), "");
}

TEST(BenchPeers, AskForWhatAPointWants) {
  EXPECT_EQ(target_of(13, 0), "/plaintext");
  EXPECT_EQ(target_of(100, 0), "/bytes/100");
  EXPECT_EQ(target_of(13, 25), "/spin/25");
  EXPECT_EQ(body_of(3), "xxx");
}

TEST(BenchHttpAsk, FindsTheLengthOfABody) {
  EXPECT_EQ(content_length("HTTP/1.1 200 OK\r\nserver: x\r\ncontent-LENGTH:  12 \r\n"), 12U);
  EXPECT_FALSE(content_length("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n").has_value());
  EXPECT_FALSE(content_length("HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n").has_value());
}

TEST(BenchSpin, DoesMoreWorkWithMoreSteps) {
  EXPECT_NE(spin(10), spin(11));
  EXPECT_GT(steps_in_a_microsecond(), 1);
}

TEST(BenchMachine, SaysWhatItIsLike) {
  std::vector<std::string> names;
  for (const auto& [name, value] : machine_facts()) names.push_back(name);
  for (const auto& [name, value] : build_facts()) names.push_back(name);
  EXPECT_THAT(names, Contains("kernel"));
  EXPECT_THAT(names, Contains("MTU of lo"));
  EXPECT_THAT(names, Contains("shoal"));
  EXPECT_TRUE(machine_facts("/nonexistent").empty());
}

TEST(BenchMachine, OfTheKernelsCommandLineTheyTellWhatTunesItAlone) {
  const testing::scratch_directory root;
  std::filesystem::create_directory(root / "proc");
  static_cast<void>(root.write("proc/cmdline", "ro mitigations=auto token=secret nohz_full=1\n"));
  const auto told = machine_facts(root / "");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].second, "mitigations=auto nohz_full=1");
}

}  // namespace
}  // namespace shoal::bench
