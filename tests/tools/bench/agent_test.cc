// Two hosts: the words between them, and both ends as processes, on one machine.
#include "bench/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string>

#include "../program.h"
#include "bench/agent_words.h"
#include "bench/child_process.h"
#include "bench/cores.h"
#include "bench/http_ask.h"
#include "bench/line_channel.h"
#include "bench/remote_host.h"
#include "bench/results_json.h"
#include "support/scratch_directory.h"

namespace shoal::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using tool::run;

constexpr std::chrono::seconds patience{30};

bool never_stop() { return false; }

TEST(AgentWords, ComeBackAsTheyWereSaid) {
  const auto request = request_in(to_line(agent_request{.act = agent_request::what::start,
                                                        .token = "a\"b",
                                                        .contenders = {"uring without x"},
                                                        .body_bytes = 13}));
  ASSERT_TRUE(request.ok()) << request.error().message;
  EXPECT_EQ(request.value().act, agent_request::what::start);
  EXPECT_EQ(request.value().token, "a\"b");
  EXPECT_THAT(request.value().contenders, ElementsAre("uring without x"));
  EXPECT_EQ(request.value().body_bytes, 13U);
  const look seen{.at_ns = 1,
                  .use = {.cpu_ns = 2, .switches = 3, .resident_bytes = 4},
                  .counters = server_counters{.requests = 5, .batches = {6, 7}},
                  .machine = {.busy = 8, .stolen = 9, .all = 10}};
  const auto looked = look_in(to_line(seen));
  ASSERT_TRUE(looked.ok()) << looked.error().message;
  EXPECT_EQ(looked.value().use.resident_bytes, 4U);
  EXPECT_EQ(looked.value().counters->requests, 5U);
  EXPECT_FALSE(looked.value().counters->system_calls.has_value());
  EXPECT_EQ(looked.value().machine.all, 10);
  EXPECT_FALSE(look_in(to_line(look{})).value().counters.has_value());
  const auto facts = facts_in(to_line(host_facts{.facts = {{"CPU", "x"}}, .wake_ns = 7}));
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_THAT(facts.value().facts, ElementsAre(Pair("CPU", "x")));
  EXPECT_EQ(started_in(started_line(4711)).value(), 4711);
  EXPECT_THAT(welcome_in(to_line(agent_welcome{.peers = {"mine"}})).value().peers,
              ElementsAre("mine"));
}

TEST(AgentWords, SayWhatWentWrongThereAndHere) {
  const auto refused = started_in(to_line(error{ESRCH, "uring: it has ended"}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ESRCH);
  EXPECT_EQ(refused.error().message, "uring: it has ended");
  EXPECT_EQ(started_in(to_line(error{EINTR, "interrupted"})).error().code, ECONNABORTED)
      << "nobody has interrupted this side";
  for (const char* text : {"", "{", "[]", "{}", R"({"do":"rm -rf"})", R"({"do":7})"}) {
    EXPECT_FALSE(request_in(text).ok()) << text;
    EXPECT_FALSE(look_in(text).ok()) << text;
    EXPECT_FALSE(welcome_in(text).ok()) << text;
  }
}

/// `shoal bench serve --control`, at a port of its choice.
struct agent_process {
  child_process process;
  std::string where;
};

agent_process start_agent(std::vector<std::string> more = {}) {
  std::vector<std::string> words = {SHOAL_PROGRAM, "bench", "serve",
                                    "--control",   "0",     "--steps",
                                    "300",         "--cpu", std::to_string(able_cores().front())};
  words.insert(words.end(), more.begin(), more.end());
  auto process = child_process::start({.words = words});
  SHOAL_CHECK(process.ok());
  const auto line = process.value().read_line(read_clock() + patience, never_stop);
  const std::string text = line ? line.value() : process.value().last_words();
  const auto begin = text.find("127.0.0.1:");
  EXPECT_NE(begin, std::string::npos) << text;
  const auto where = text.substr(begin, text.find('"', begin) - begin);
  return {std::move(process).value(), where};
}

TEST(BenchAgent, StartsWhatItsOwnCommandLineAllowsAndNothingElse) {
  auto agent = start_agent({"--token", "t", "--peer", "mine=exec sleep 1000"});
  EXPECT_THAT(remote_host::connect(agent.where, "wrong").error().message, HasSubstr("token"));
  auto host = remote_host::connect(agent.where, "t");
  ASSERT_TRUE(host.ok()) << host.error().message;
  EXPECT_THAT(host.value()->welcome().peers, Contains("mine"));
  EXPECT_THAT(remote_host::connect(agent.where, "t").error().message,
              HasSubstr("the session of 127.0.0.1 has this machine now"));
  auto& there = *host.value();
  for (const char* name : {"touch /tmp/x", "other", "uring without hope", ""}) {
    EXPECT_FALSE(there.start(name, 13, never_stop).ok()) << name;
  }
  auto server = there.start("epoll", 13, never_stop);
  ASSERT_TRUE(server.ok()) << server.error().message;
  EXPECT_THAT(server.value()->authority(), StartsWith("127.0.0.1:"));
  EXPECT_TRUE(server.value()->look_at().value().counters.has_value());
  EXPECT_TRUE(server.value()->stop().ok());
  EXPECT_THAT(server.value()->look_at().error().message, HasSubstr("nothing was started"));
}

TEST(BenchAgent, LetsNobodyWaitForSomebodyWhoSaysNothing) {
  auto agent = start_agent({"--token", "t"});
  auto silent = line_channel::connect(agent.where);
  ASSERT_TRUE(silent.ok()) << silent.error().message;
  auto host = remote_host::connect(agent.where, "t");
  ASSERT_TRUE(host.ok()) << host.error().message;
  EXPECT_THAT(remote_host::connect(agent.where, "wrong").error().message, HasSubstr("token"))
      << "who does not know it is not told who is there";
  // The first makes room for those that come after it.
  std::vector<line_channel> more;
  for (int i = 0; i < 16; ++i) more.push_back(line_channel::connect(agent.where).value());
  EXPECT_EQ(silent.value().receive(read_clock() + patience, never_stop).error().code, ECONNRESET);
  EXPECT_TRUE(host.value()->start("epoll", 13, never_stop).ok());
}

TEST(LineChannel, HasLinesThatCameInPiecesOrTogether) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  line_channel one((descriptor(ends[0])));
  line_channel other((descriptor(ends[1])));
  const auto say = [&](std::string_view text) {
    ASSERT_EQ(::send(one.socket(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  };
  EXPECT_FALSE(other.receive_now().value().has_value()) << "nothing came";
  say("ab");
  EXPECT_FALSE(other.receive_now().value().has_value());
  EXPECT_EQ(other.receive(read_clock(), never_stop).error().code, ETIMEDOUT);
  say("c\nd\n\ne");
  for (const char* line : {"abc", "d", ""}) EXPECT_EQ(other.receive_now().value(), line);
  const auto more_comes = [&] {
    say("f");
    return false;
  };
  EXPECT_EQ(other.receive(read_clock(), more_comes).error().code, ETIMEDOUT);
  say("\n");
  EXPECT_EQ(other.receive(read_clock() + patience, never_stop).value(), "ef");
}

TEST(BenchAgent, EndsWhatItHasStartedWithTheConnection) {
  auto agent = start_agent();
  auto host = remote_host::connect(agent.where, "");
  ASSERT_TRUE(host.ok()) << host.error().message;
  auto server = host.value()->start("epoll", 13, never_stop);
  ASSERT_TRUE(server.ok()) << server.error().message;
  auto asker = http_asker::connect(server.value()->authority(), patience);
  ASSERT_TRUE(asker.ok() && asker.value().get("/plaintext").ok());
  // The agent is killed: the servers go as they would with a host that is lost.
  ::kill(agent.process.pid(), SIGKILL);
  const auto lost = server.value()->look_at();
  ASSERT_FALSE(lost.ok());
  EXPECT_THAT(lost.error().message, HasSubstr("lost the machine of the servers, " + agent.where));
  while (asker.value().get("/plaintext").ok()) {
  }
  EXPECT_THAT(host.value()->start("epoll", 13, never_stop).error().message, HasSubstr("lost"));
  EXPECT_FALSE(host.value()->reachable());
}

std::string tiny_plan(const testing::scratch_directory& place) {
  return place.write("tiny.toml",
                     "contenders = [\"epoll\"]\nconnections = 4\npairs = 1\n"
                     "window = \"200ms\"\nwarm-up = \"20ms\"\ntime = \"1s\"\n");
}

std::vector<std::string> names_of(const results& all) {
  std::vector<std::string> names;
  for (const auto& [name, value] : all.machine) names.push_back(name);
  return names;
}

TEST(BenchTwoHosts, MeasureTheSamePlanAndSayWhatBothAre) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  const testing::scratch_directory place;
  auto agent = start_agent();
  const auto out = place / "out";
  const auto cpu = std::to_string(able_cores().back());
  const auto seen = run("bench --plan " + tiny_plan(place) + " --out " + out + " --cpus " + cpu +
                        " --server " + agent.where);
  EXPECT_EQ(seen.exit_code, 0) << seen.text;
  const auto all = read_results(out + "/results.json");
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_TRUE(all.value().complete);
  const auto& pair = all.value().points.at(0).pairs.at(0);
  EXPECT_GT(pair.a.answers, 0U);
  EXPECT_GT(pair.a.server_seconds, 0);
  EXPECT_GT(pair.a.system_calls, 0);
  const auto names = names_of(all.value());
  EXPECT_THAT(names, Contains("server: kernel"));
  EXPECT_THAT(names, Contains("generator: kernel"));
  EXPECT_THAT(names, Contains("server: shoal"));
}

TEST(BenchTwoHosts, KeepWhatWasMeasuredBeforeTheConnectionWasLost) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  const testing::scratch_directory place;
  auto agent = start_agent();
  const auto plan = place.write("long.toml",
                                "contenders = [\"epoll\"]\nconnections = 4\npairs = 1000\n"
                                "window = \"200ms\"\nwarm-up = \"10ms\"\ntime = \"10m\"\n");
  const auto out = place / "out";
  auto bench = child_process::start(
      {.words = {SHOAL_PROGRAM, "bench", "--plan", plan, "--out", out, "--server", agent.where}});
  ASSERT_TRUE(bench.ok());
  const auto until = read_clock() + patience;
  while (!read_results(out + "/results.json").ok() && read_clock() < until) ::usleep(1000);
  ::kill(agent.process.pid(), SIGKILL);
  EXPECT_EQ(bench.value().wait(until, never_stop).value(), 3) << bench.value().last_words();
  const auto all = read_results(out + "/results.json");
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_FALSE(all.value().complete);
  EXPECT_THAT(all.value().ended_by, HasSubstr("lost the machine of the servers"));
  EXPECT_FALSE(all.value().points.at(0).pairs.empty());
}

TEST(BenchTwoHosts, RefuseWhatDoesNotGoOverANetwork) {
  EXPECT_EQ(run("bench serve --control 0 --driver epoll").exit_code, 2);
  EXPECT_EQ(run("bench serve --peer mine=x").exit_code, 2) << "it is for --control";
  EXPECT_EQ(run("bench serve --control nowhere:1").exit_code, 1);
  const auto nobody = run("bench --quick --server 127.0.0.1:1");
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.text, HasSubstr("is `shoal bench serve --control` running there?"));
  auto agent = start_agent();
  const auto command = run("bench --quick --peer mine=x --server " + agent.where);
  EXPECT_EQ(command.exit_code, 2);
  EXPECT_THAT(command.text, HasSubstr("no command goes to another machine"));
}

/// Two network namespaces with a pair of virtual cards between them, which go with this object.
class two_namespaces final {
 public:
  two_namespaces() {
    made_ = all(
        {"ip netns add " + server, "ip netns add " + generator,
         "ip link add name shb0 netns " + server + " type veth peer name shb1 netns " + generator,
         "ip -n " + server + " addr add 10.231.7.1/30 dev shb0",
         "ip -n " + generator + " addr add 10.231.7.2/30 dev shb1",
         "ip -n " + server + " link set lo up",  // its agent asks its servers
         "ip -n " + server + " link set shb0 up", "ip -n " + generator + " link set shb1 up"});
  }
  ~two_namespaces() { all({"ip netns del " + server, "ip netns del " + generator}); }
  two_namespaces(const two_namespaces&) = delete;
  two_namespaces& operator=(const two_namespaces&) = delete;

  [[nodiscard]] bool made() const noexcept { return made_; }

  const std::string server = "shoal-bench-s" + std::to_string(::getpid());
  const std::string generator = "shoal-bench-g" + std::to_string(::getpid());

 private:
  static bool all(const std::vector<std::string>& commands) {
    bool done = true;
    for (const auto& each : commands) {
      done = std::system((each + " >/dev/null 2>&1").c_str()) == 0 && done;
    }
    return done;
  }

  bool made_ = false;
};

TEST(BenchTwoHosts, MeasureBetweenTwoNetworks) {
  if (able_cores().size() < 2) GTEST_SKIP() << "a second core is missing";
  const two_namespaces networks;
  if (!networks.made()) GTEST_SKIP() << "ip netns and veth are missing, or the right to them";
  const testing::scratch_directory place;
  auto agent =
      child_process::start({.words = {"ip", "netns", "exec", networks.server, SHOAL_PROGRAM,
                                      "bench", "serve", "--control", "10.231.7.1:7077", "--steps",
                                      "300", "--cpu", std::to_string(able_cores().front())}});
  ASSERT_TRUE(agent.ok());
  const auto line = agent.value().read_line(read_clock() + patience, never_stop);
  ASSERT_TRUE(line.ok()) << agent.value().last_words();
  const auto out = place / "out";
  const auto seen =
      run("bench --plan " + tiny_plan(place) + " --out " + out +
              " --server 10.231.7.1:7077 --cpus " + std::to_string(able_cores().back()),
          "ip netns exec " + networks.generator + " ");
  EXPECT_EQ(seen.exit_code, 0) << seen.text << agent.value().last_words();
  const auto all = read_results(out + "/results.json");
  ASSERT_TRUE(all.ok()) << all.error().message;
  EXPECT_GT(all.value().points.at(0).pairs.at(0).b.answers, 0U);
}

}  // namespace
}  // namespace shoal::bench
