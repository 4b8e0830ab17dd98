// Whole clusters: processes whose workers are all stuck, and what others do about that.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "running_app.h"

namespace shoal::cluster {
namespace {

struct shape {
  const char* driver;
  unsigned workers;  ///< of each of two processes
};

class Help : public testing::TestWithParam<shape> {
 protected:
  // Without reports of stalls: the first one opens the program to name what is on the stack.
  static app_settings two_processes() {
    return {.flags = {"--nodes", "2", "--workers", std::to_string(GetParam().workers), "--driver",
                      GetParam().driver, "--dispatch", "reuseport", "--stall-warn", "1h"}};
  }
};

INSTANTIATE_TEST_SUITE_P(All, Help,
                         testing::Values(shape{"uring", 1}, shape{"epoll", 1}, shape{"uring", 2},
                                         shape{"epoll", 2}),
                         [](const auto& info) {
                           return info.param.driver + std::to_string(info.param.workers);
                         });

bool ask_on(test_client& client, const std::string& path, bool last = false) {
  return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n" +
                     (last ? "Connection: close\r\n\r\n" : "\r\n"));
}

/// Each keeps its worker inside a handler from now on.
void hold(test::served_process& app, std::vector<test_client>& with) {
  for (auto& one : with) {
    ASSERT_TRUE(ask_on(one, "/hold"));
    ASSERT_NE(app.wait_for("holding"), "");
  }
}

/// The first word of what /whoami says, and the third.
struct server {
  std::string process;
  std::string worker;
};

server server_of(test_client& client) {
  const auto text = body_of(client.one_answer());
  const auto node = text.find(' ') + 1;
  const auto worker = text.find(' ', node) + 1;
  return {text.substr(0, text.find(' ')), text.substr(worker, text.find(' ', worker) - worker)};
}

/// Connections that have been served, by whom.
struct kept_client {
  test_client client;
  server home;
};

/// Until one process has `least` of each of its workers besides one to hold it up with.
class clients_of_one_process final {
 public:
  clients_of_one_process(std::uint16_t port, unsigned workers, std::size_t least) {
    while (!has_enough(workers, least)) {
      test_client fresh(port);
      if (!ask_on(fresh, "/whoami")) return;
      auto home = server_of(fresh);
      all_.push_back({std::move(fresh), std::move(home)});
    }
  }

  [[nodiscard]] const std::string& process() const noexcept { return process_; }

  /// One for each of its workers.
  std::vector<test_client> take_one_each() {
    std::vector<test_client> out;
    for (const auto& worker : workers_) {
      const auto at = std::find_if(all_.begin(), all_.end(),
                                   [&](const kept_client& c) { return c.home.worker == worker; });
      out.push_back(std::move(at->client));
      all_.erase(at);
    }
    return out;
  }

  /// Those that are left of the process.
  std::vector<test_client> take_rest() {
    std::vector<test_client> out;
    for (auto& c : all_) {
      if (c.home.process == process_) out.push_back(std::move(c.client));
    }
    all_.clear();
    return out;
  }

 private:
  bool has_enough(unsigned workers, std::size_t least) {
    for (const auto& first : all_) {
      process_ = first.home.process;
      workers_.clear();
      for (const auto& c : all_) {
        if (c.home.process == process_ && !knows(c.home.worker)) workers_.push_back(c.home.worker);
      }
      if (workers_.size() == workers && least_of_any() > least) return true;
    }
    return false;
  }

  [[nodiscard]] bool knows(const std::string& worker) const {
    return std::find(workers_.begin(), workers_.end(), worker) != workers_.end();
  }

  [[nodiscard]] std::ptrdiff_t count(const std::string& worker) const {
    return std::count_if(all_.begin(), all_.end(),
                         [&](const kept_client& c) { return c.home.worker == worker; });
  }

  [[nodiscard]] std::size_t least_of_any() const {
    std::ptrdiff_t least = count(workers_.front());
    for (const auto& worker : workers_) least = std::min(least, count(worker));
    return static_cast<std::size_t>(least);
  }

  std::vector<kept_client> all_;
  std::string process_;
  std::vector<std::string> workers_;
};

TEST_P(Help, WaitingConnectionsOfAStuckProcessAreAnsweredByAnotherAndEndThere) {
  auto app = run_app(two_processes());
  ASSERT_TRUE(app.ready()) << app.log();
  clients_of_one_process found(app.port(), GetParam().workers, 4);
  auto holders = found.take_one_each();
  auto waiting = found.take_rest();
  hold(app, holders);
  for (auto& client : waiting) ASSERT_TRUE(ask_on(client, "/whoami"));
  for (auto& client : waiting) EXPECT_NE(server_of(client).process, found.process());
  // The stuck one has a descriptor of each still: the client has to hear of the end all the same.
  for (std::size_t i = 0; i < waiting.size(); i += 2) {
    ASSERT_TRUE(ask_on(waiting[i], "/whoami", true));
    EXPECT_NE(waiting[i].answer(), "");
  }
  for (const auto& holder : holders) EXPECT_FALSE(holder.heard());
  ::kill(std::stoi(found.process()), SIGKILL);
  for (std::size_t i = 1; i < waiting.size(); i += 2) {
    ASSERT_TRUE(ask_on(waiting[i], "/"));
    EXPECT_EQ(body_of(waiting[i].one_answer()), "hello");
  }
}

TEST_P(Help, NewConnectionsDoNotWaitForAStuckProcess) {
  auto app = run_app(two_processes());
  ASSERT_TRUE(app.ready()) << app.log();
  clients_of_one_process found(app.port(), GetParam().workers, 0);
  auto holders = found.take_one_each();
  hold(app, holders);
  // The kernel's hash sends half of them to the stuck one.
  for (int i = 0; i < 30; ++i) EXPECT_EQ(fetch(app.port(), "/"), "hello");
  for (const auto& holder : holders) EXPECT_FALSE(holder.heard());
}

TEST_P(Help, WhereAllAreStuckAllIsAnsweredLater) {
  auto app = run_app(two_processes());
  ASSERT_TRUE(app.ready()) << app.log();
  std::vector<test_client> clients;
  for (int i = 0; i < 24; ++i) {
    clients.emplace_back(app.port());
    ASSERT_TRUE(ask_on(clients.back(), "/"));
    ASSERT_EQ(body_of(clients.back().one_answer()), "hello");
  }
  for (auto& client : clients) ASSERT_TRUE(ask_on(client, "/block/30"));
  for (auto& client : clients) EXPECT_EQ(body_of(client.one_answer()), "blocked");
}

TEST_P(Help, NothingIsLostDoubledOrLeftOverWhereConnectionsGoBackAndForth) {
  auto app = run_app(two_processes());
  ASSERT_TRUE(app.ready()) << app.log();
  auto processes = app.children();
  processes.push_back(app.pid());
  const auto open = [&processes] {
    std::size_t sum = 0;
    for (const auto pid : processes) sum += descriptors_of(pid);
    return sum;
  };
  ASSERT_EQ(fetch(app.port(), "/block/60"), "blocked");
  const std::size_t before = open();
  {
    std::vector<test_client> clients;
    for (int i = 0; i < 16; ++i) clients.emplace_back(app.port());
    for (std::size_t round = 0; round < 60; ++round) {
      const auto blocks = [&](std::size_t i) { return (i * 7 + round) % 9 == 0; };
      for (std::size_t i = 0; i < clients.size(); ++i) {
        ASSERT_TRUE(ask_on(clients[i], blocks(i) ? "/block/8" : "/"));
      }
      for (std::size_t i = 0; i < clients.size(); ++i) {
        ASSERT_EQ(body_of(clients[i].one_answer()), blocks(i) ? "blocked" : "hello") << round;
      }
    }
  }
  while (open() > before) std::this_thread::yield();
}

}  // namespace
}  // namespace shoal::cluster
