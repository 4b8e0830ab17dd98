// Whole clusters: connections that change their worker.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
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

/// What /whoami says, by its words.
struct server {
  pid_t process = 0;
  std::string worker;
};

server server_of(const std::string& answer) {
  const auto body = body_of(answer);
  const auto workers = workers_in(answer);
  return workers.empty() ? server{} : server{std::stoi(body), workers.front()};
}

server ask_for(test_client& client, const std::string& key) {
  return client.send(request(key, false)) ? server_of(client.one_answer()) : server{};
}

server ask_anew(std::uint16_t port, const std::string& key) {
  test_client client(port);
  return ask_for(client, key);
}

std::string user(int number) { return "user" + std::to_string(number); }

/// A process says that it is ready just before it opens its way to the others: until then a key is
/// served where it came. From here on each is at home, on a connection of its own and on one that
/// goes from key to key.
void await_homes(std::uint16_t port) {
  constexpr int keys = 30;
  std::set<std::string> seen;
  bool agree = false;
  while (!agree || seen.size() < 4) {
    agree = true;
    seen.clear();
    test_client goes_on(port);
    for (int i = 0; i < keys; ++i) {
      const auto home = ask_anew(port, user(i)).worker;
      ASSERT_NE(home, "") << i;
      agree &= ask_for(goes_on, user(i)).worker == home;
      seen.insert(home);
    }
  }
}

struct shape {
  const char* driver;
  unsigned processes;
  unsigned workers;  ///< of each
};

class Sticky : public testing::TestWithParam<shape> {
 protected:
  // Without reports of stalls: the first one opens the program to name what is on the stack.
  static app_settings sticky(unsigned processes, unsigned workers) {
    return {.flags = {"--nodes", std::to_string(processes), "--workers", std::to_string(workers),
                      "--driver", GetParam().driver, "--policy", "sticky", "--sticky",
                      "header:X-User", "--stall-warn", "1h"}};
  }
};

INSTANTIATE_TEST_SUITE_P(All, Sticky,
                         testing::Values(shape{"uring", 1, 4}, shape{"epoll", 1, 4},
                                         shape{"uring", 4, 1}, shape{"epoll", 4, 1},
                                         shape{"uring", 2, 2}, shape{"epoll", 2, 2}),
                         [](const auto& info) {
                           return info.param.driver + std::to_string(info.param.processes) + "x" +
                                  std::to_string(info.param.workers);
                         });

TEST_P(Sticky, EachRequestOfAConnectionIsServedByTheWorkerOfItsKey) {
  auto app = run_app(sticky(GetParam().processes, GetParam().workers));
  ASSERT_TRUE(app.ready()) << app.log();
  await_homes(app.port());
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

TEST_P(Sticky, ADrainAmongMovesLosesNoAnswer) {
  auto app = run_app(sticky(GetParam().processes, GetParam().workers));
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

/// Clusters of processes with one worker each.
class StickyProcesses : public Sticky {};

INSTANTIATE_TEST_SUITE_P(All, StickyProcesses,
                         testing::Values(shape{"uring", 4, 1}, shape{"epoll", 4, 1}),
                         [](const auto& info) { return std::string(info.param.driver); });

/// Lets the processes that replace others start, once it is opened.
class gate final {
 public:
  gate() : path_("/tmp/shoal_gate_" + std::to_string(::getpid())) { ::mkfifo(path_.c_str(), 0600); }
  ~gate() { ::unlink(path_.c_str()); }
  gate(const gate&) = delete;
  gate& operator=(const gate&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void open() { writer_.reset(::open(path_.c_str(), O_RDWR | O_CLOEXEC)); }

 private:
  std::string path_;
  descriptor writer_;
};

TEST_P(StickyProcesses, KeysOfADeadProcessGoElsewhereAndReturnAndNoOthersMove) {
  gate boots;
  auto settings = sticky(4, 1);
  settings.trouble = "gate:" + boots.path();
  auto app = run_app(settings);
  ASSERT_TRUE(app.ready()) << app.log();
  await_homes(app.port());
  constexpr int users = 300;
  std::vector<test_client> clients;
  std::vector<server> homes;
  for (int i = 0; i < users; ++i) {
    clients.emplace_back(app.port());
    homes.push_back(ask_for(clients.back(), user(i)));
    ASSERT_NE(homes.back().process, 0) << i;
  }
  const auto dead = homes[0];
  ::kill(dead.process, SIGKILL);
  ASSERT_NE(app.wait_for("SIGKILL"), "") << app.log();
  int moved = 0;
  for (int i = 0; i < users; ++i) {
    auto& client = clients[static_cast<std::size_t>(i)];
    const auto& home = homes[static_cast<std::size_t>(i)];
    if (home.worker != dead.worker) {
      EXPECT_EQ(ask_for(client, user(i)).worker, home.worker) << i;
      EXPECT_EQ(ask_anew(app.port(), user(i)).worker, home.worker) << i;
      continue;
    }
    ++moved;
    client = test_client(app.port());
    const auto now = ask_for(client, user(i));
    EXPECT_NE(now.process, 0) << i;
    EXPECT_NE(now.worker, home.worker) << i;
    EXPECT_EQ(ask_anew(app.port(), user(i)).worker, now.worker) << i;
  }
  EXPECT_LE(moved, users * 28 / 100);
  boots.open();
  ASSERT_NE(app.wait_for("is ready"), "");
  for (int i = 0; i < users; ++i) {
    // The others look every few milliseconds.
    while (ask_anew(app.port(), user(i)).worker != homes[static_cast<std::size_t>(i)].worker) {
    }
    auto& client = clients[static_cast<std::size_t>(i)];
    while (ask_for(client, user(i)).worker != homes[static_cast<std::size_t>(i)].worker) {
    }
  }
}

TEST_P(StickyProcesses, AConnectionOnItsWayOutlivesTheProcessItGoesTo) {
  auto app = run_app(sticky(4, 1));
  ASSERT_TRUE(app.ready()) << app.log();
  await_homes(app.port());
  // All clients have one address: all connections come to one worker first.
  const auto arrival = ask_anew(app.port(), "");
  int number = 0;
  server home = arrival;
  while (home.worker == arrival.worker) home = ask_anew(app.port(), user(++number));
  ASSERT_TRUE(stop_all_threads(home.process));
  std::vector<test_client> clients;
  for (int i = 0; i < 20; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(clients.back().send(request(user(number), false)));
  }
  const auto waiting = [&clients] {
    return std::any_of(clients.begin(), clients.end(), [](const auto& c) { return !c.heard(); });
  };
  ASSERT_TRUE(waiting());
  ::kill(home.process, SIGKILL);
  for (auto& client : clients) EXPECT_NE(server_of(client.one_answer()).process, 0);
}

TEST_P(StickyProcesses, MovesLeaveNoDescriptorBehind) {
  auto app = run_app(sticky(4, 1));
  ASSERT_TRUE(app.ready()) << app.log();
  auto processes = app.children();
  processes.push_back(app.pid());
  for (int i = 0; i < 20; ++i) ASSERT_NE(ask_anew(app.port(), user(i)).process, 0);
  const auto open = [&processes] {
    std::size_t sum = 0;
    for (const auto pid : processes) sum += descriptors_of(pid);
    return sum;
  };
  std::size_t least = open();
  for (int i = 0; i < 100; ++i) {
    test_client client(app.port());
    for (int k = 0; k < 5; ++k) ASSERT_NE(ask_for(client, user(i * 3 + k)).process, 0);
  }
  while (open() > least) std::this_thread::yield();
}

TEST_P(StickyProcesses, KillsAmongMovesLeaveNoDescriptorBehind) {
  auto app = run_app(sticky(4, 1));
  ASSERT_TRUE(app.ready()) << app.log();
  const auto open = [&app] {
    std::size_t sum = descriptors_of(app.pid());
    for (const auto pid : app.children()) sum += descriptors_of(pid);
    return sum;
  };
  await_homes(app.port());
  const std::size_t before = open();
  const auto arrival = ask_anew(app.port(), "");  // all come there first
  for (int round = 0; round < 4; ++round) {
    int victim = round;
    while (ask_anew(app.port(), user(victim)).worker == arrival.worker) ++victim;
    const auto dies = ask_anew(app.port(), user(victim)).process;
    std::vector<test_client> clients;
    for (int i = 0; i < 60; ++i) {
      clients.emplace_back(app.port());
      ASSERT_TRUE(clients.back().send(request(user(i), false) + request(user(i + 1), true)));
      if (i == 30) ::kill(dies, SIGKILL);
    }
    std::size_t served = 0;
    for (auto& client : clients) served += workers_in(client.answer()).size() == 2 ? 1U : 0U;
    EXPECT_GE(served, 20U);  // those that the killed one had in its hands went with it
    ASSERT_NE(app.wait_for("is ready"), "");
  }
  for (int i = 0; i < 20; ++i) ASSERT_NE(ask_anew(app.port(), user(i)).process, 0);
  while (open() > before) std::this_thread::yield();
}

TEST_P(StickyProcesses, ALongBodyGoesAlongOrIsReadWhereItCame) {
  auto app = run_app(sticky(4, 1));
  ASSERT_TRUE(app.ready()) << app.log();
  for (int i = 0; i < 20; ++i) {
    test_client client(app.port());
    ASSERT_TRUE(client.send(request(user(i), false, std::string(60'000, 'b'))));
    EXPECT_NE(server_of(client.one_answer()).process, 0) << i;
    EXPECT_NE(ask_for(client, user(i + 1)).process, 0) << i;
  }
}

TEST(Moves, AKeyWithoutItsPolicyIsRefused) {
  auto app = run_app({.flags = {"--sticky", "cookie:sid"}});
  EXPECT_FALSE(app.ready());
  EXPECT_NE(app.log().find("add --policy sticky"), std::string::npos) << app.log();
}

}  // namespace
}  // namespace shoal::cluster
