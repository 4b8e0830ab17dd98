// Whole clusters: connections that follow their packets to another NUMA node. The machine is
// played: each of two cores that exist is a node by itself, and the loopback device hands a packet
// in on the core of whoever sent it.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cluster/listen/incoming_cpu.h"
#include "running_app.h"
#include "support/topology_trees.h"

namespace shoal::cluster {
namespace {

constexpr unsigned nodes = 2;

/// This thread runs where it is told to; at the end where it did before.
class roaming final {
 public:
  roaming() { ::sched_getaffinity(0, sizeof before_, &before_); }
  ~roaming() { ::sched_setaffinity(0, sizeof before_, &before_); }
  roaming(const roaming&) = delete;
  roaming& operator=(const roaming&) = delete;

  [[nodiscard]] bool go_to(unsigned core) const {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(core, &one);
    return ::sched_setaffinity(0, sizeof one, &one) == 0;
  }

 private:
  cpu_set_t before_{};
};

/// Whether a packet to ourselves comes in where it was sent.
bool tells_cores(const roaming& thread) {
  const descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in here{.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  auto* const address = reinterpret_cast<sockaddr*>(&here);
  socklen_t size = sizeof here;
  if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 1) != 0) return false;
  ::getsockname(listener.get(), address, &size);
  const descriptor client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(client.get(), address, size) != 0) return false;
  const descriptor server(::accept(listener.get(), nullptr, nullptr));
  for (const unsigned core : {1U, 0U, 1U}) {
    char byte = 0;
    if (!thread.go_to(core) || ::send(client.get(), "x", 1, 0) != 1) return false;
    if (::recv(server.get(), &byte, 1, 0) != 1 || incoming_cpu(server.get()) != core) return false;
  }
  return true;
}

class Rehome : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const roaming thread;
    if (!tells_cores(thread)) GTEST_SKIP() << "no cores 0 and 1, or packets do not tell theirs";
    shoal::testing::write_machine(tree_,
                                  {.nodes_per_socket = nodes,
                                   .cores_per_node = 1,
                                   .node_memory_kib = 0});  // so that nobody asks for a node's
  }

  /// Without anything else that moves connections.
  [[nodiscard]] app_settings settings(std::vector<std::string> more = {}) const {
    std::vector<std::string> flags = {"--topology-root", tree_.root(), "--driver",    GetParam(),
                                      "--lend-after",    "0",          "--rebalance", "off",
                                      "--stall-warn",    "1h"};
    flags.insert(flags.end(), more.begin(), more.end());
    return {.flags = std::move(flags)};
  }

 private:
  shoal::testing::fake_tree tree_;
};

INSTANTIATE_TEST_SUITE_P(Drivers, Rehome, ::testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

/// One connection, and where its requests have been served.
struct visitor {
  explicit visitor(std::uint16_t port) : client(port) {}

  /// From that core. The node that has answered; `nodes` if none has.
  unsigned ask(const roaming& thread, unsigned core) {
    if (!thread.go_to(core)) return nodes;
    if (!client.send("GET /whoami HTTP/1.1\r\nHost: a\r\n\r\n")) return nodes;
    const auto body = body_of(client.one_answer());
    const auto at = body.find(' ');
    const unsigned served = at == std::string::npos ? nodes : body[at + 1] - '0';
    if (requests++ > 0 && served != node) ++moves;
    node = served;
    return node;
  }

  test_client client;
  unsigned node = nodes;
  unsigned requests = 0;
  unsigned moves = 0;
};

std::vector<visitor> visit(std::uint16_t port, unsigned count) {
  std::vector<visitor> all;
  for (unsigned i = 0; i < count; ++i) all.emplace_back(port);
  return all;
}

TEST_P(Rehome, ConnectionsComeToTheNodeWhereTheirPacketsComeIn) {
  auto app = run_app(settings({"--dispatch", "reuseport"}));  // which knows no cores
  ASSERT_TRUE(app.ready()) << app.log();
  ASSERT_EQ(app.children().size(), nodes);
  const roaming thread;
  auto visitors = visit(app.port(), 16);
  // Three requests, but where a node is too busy for a moment some more.
  for (unsigned abroad = 1; abroad > 0;) {
    abroad = 0;
    for (unsigned i = 0; i < visitors.size(); ++i) {
      const unsigned core = i % nodes;
      ASSERT_LT(visitors[i].ask(thread, core), nodes) << app.log();
      abroad += visitors[i].node != core ? 1 : 0;
    }
    ASSERT_LT(visitors.front().requests, 20'000U) << abroad << " are not at home";
  }
  unsigned moves = 0;
  for (const auto& one : visitors) {
    EXPECT_LE(one.moves, 1U);
    moves += one.moves;
  }
  EXPECT_GE(moves, 1U);  // it might be none once in 65,536 times
}

TEST_P(Rehome, OneWhoComesInHereAndThereStaysWhereItIs) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const roaming thread;
  for (auto& one : visit(app.port(), 8)) {
    for (unsigned i = 0; i < 300; ++i) ASSERT_LT(one.ask(thread, i % nodes), nodes) << i;
    EXPECT_EQ(one.moves, 0U);
  }
}

TEST_P(Rehome, NobodyMovesWhereItIsOff) {
  auto app = run_app(settings({"--rehome", "off"}));
  ASSERT_TRUE(app.ready()) << app.log();
  const roaming thread;
  for (auto& one : visit(app.port(), 8)) {
    for (unsigned i = 0; i < 100; ++i) ASSERT_LT(one.ask(thread, 1), nodes) << i;
    EXPECT_EQ(one.moves, 0U);
  }
}

TEST_P(Rehome, AMoveLosesNoRequestHoweverManyAreAskedAtOnce) {
  auto app = run_app(settings());
  ASSERT_TRUE(app.ready()) << app.log();
  const roaming thread;
  constexpr unsigned times = 200;
  std::vector<test_client> clients;
  for (unsigned i = 0; i < 16; ++i) clients.emplace_back(app.port());
  for (unsigned n = 0; n < times; ++n) {
    ASSERT_TRUE(thread.go_to(n / 50 % nodes));
    // Sent to all before any is read: the next request comes while a move is under way.
    const std::string asked = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    for (auto& client : clients) ASSERT_TRUE(client.send(asked + asked.substr(0, n % 9)));
    for (auto& client : clients) ASSERT_EQ(body_of(client.one_answer()), "hello") << n;
    for (auto& client : clients) ASSERT_TRUE(client.send(asked.substr(n % 9)));
    for (auto& client : clients) ASSERT_EQ(body_of(client.one_answer()), "hello") << n;
  }
}

}  // namespace
}  // namespace shoal::cluster
