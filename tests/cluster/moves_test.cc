// Whole clusters: connections that change their worker.
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "running_app.h"

namespace shoal::cluster {
namespace {

std::string request(const std::string& key, bool last, const std::string& body = "") {
  std::string text = "GET /whoami HTTP/1.1\r\nHost: a\r\nX-User: " + key + "\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  if (last) text += "Connection: close\r\n";
  return text + "\r\n" + body;
}

/// The workers in the answers to several requests, in their order.
std::vector<std::string> workers_in(const std::string& answers) {
  std::vector<std::string> found;
  for (auto at = answers.find("\r\n\r\n"); at != std::string::npos;
       at = answers.find("\r\n\r\n", at + 4)) {
    const auto body = answers.substr(at + 4, answers.find('\n', at + 4) - at - 4);
    const auto node = body.find(' ') + 1;
    const auto worker = body.find(' ', node) + 1;
    found.push_back(body.substr(worker, body.find(' ', worker) - worker));
  }
  return found;
}

class Sticky : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(All, Sticky, testing::Values("uring", "epoll"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Sticky, EachRequestOfAConnectionIsServedByTheWorkerOfItsKey) {
  auto app = run_app({.flags = {"--nodes", "1", "--workers", "4", "--driver", GetParam(),
                                "--policy", "sticky", "--sticky", "header:X-User"}});
  ASSERT_TRUE(app.ready()) << app.log();
  std::map<std::string, std::string> homes;
  std::set<std::string> seen;
  const auto check = [&](const std::string& key, const std::string& worker) {
    EXPECT_EQ(homes.emplace(key, worker).first->second, worker) << key;
    seen.insert(worker);
  };
  for (int i = 0; i < 90; ++i) {
    const std::string key = "user" + std::to_string(i % 30);
    const std::string other = "user" + std::to_string((i + 1) % 30);
    test_client client(app.port());
    // All at once, or cut inside the first head and inside a body.
    const std::string text = request(key, false) + request(other, false, "body") +
                             request(key, false) + request(other, true);
    const std::size_t cut = i % 3 == 0 ? text.size() : i % 3 == 1 ? 30 : text.find("body") + 2;
    ASSERT_TRUE(client.send(text.substr(0, cut)));
    ASSERT_TRUE(client.send(text.substr(cut)));
    const auto workers = workers_in(client.answer());
    ASSERT_EQ(workers.size(), 4U) << i;
    check(key, workers[0]);
    check(other, workers[1]);
    check(key, workers[2]);
    check(other, workers[3]);
  }
  EXPECT_EQ(seen.size(), 4U);
}

TEST(Moves, AKeyWithoutItsPolicyIsRefused) {
  auto app = run_app({.flags = {"--sticky", "cookie:sid"}});
  EXPECT_FALSE(app.ready());
  EXPECT_NE(app.log().find("add --policy sticky"), std::string::npos) << app.log();
}

TEST(Moves, ADrainAmongMovesLosesNoAnswer) {
  auto app = run_app({.flags = {"--nodes", "1", "--workers", "4", "--policy", "sticky", "--sticky",
                                "header:X-User"}});
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 60; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().send(request("user" + std::to_string(i), false)));
  }
  for (auto& client : clients) {
    while (!client.heard()) std::this_thread::yield();
  }
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(
        clients[static_cast<std::size_t>(i)].send(request("user" + std::to_string(i + 1), false)));
  }
  app.signal(SIGTERM);
  for (auto& client : clients) EXPECT_EQ(workers_in(client.answer()).size(), 2U);
  EXPECT_EQ(app.ended(), 0) << app.log();
}

}  // namespace
}  // namespace shoal::cluster
