// Connections that others take, idle or with requests that wait for their turn, and that their
// owners give away, at random and all at once: clients send numbered requests in bursts, and every
// answer comes once and in order.
//
//   SHOAL_MESSAGES=1000000   so many requests for each test
//   SHOAL_SEED=7             the same clients; threads are never the same
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "client.h"
#include "shop.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using test::client;
using test::shop;

constexpr unsigned client_threads = 2;
constexpr unsigned connections_each = 8;
constexpr unsigned burst_most = 12;
constexpr unsigned blocks_one_in = 50;

std::uint64_t given(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

/// A client's connection, and the numbers whose answers are still to come.
struct caller {
  explicit caller(descriptor socket) : line(std::move(socket)) {}
  client line;
  std::deque<std::uint64_t> asked;
};

/// One thread of clients: bursts overlap between its connections.
class crowd final {
 public:
  crowd(std::uint64_t seed, std::uint64_t messages) : random_(seed), left_(messages) {}

  void add(descriptor socket) { callers_.push_back(std::make_unique<caller>(std::move(socket))); }

  void run() {
    while (left_ > 0 && wrong_.empty()) {
      caller& next = *callers_[random_.below(callers_.size())];
      if (!next.asked.empty()) hear(next);
      ask(next);
    }
    for (auto& c : callers_) {
      if (wrong_.empty()) hear(*c);
    }
    callers_.clear();
  }

  [[nodiscard]] const std::string& wrong() const noexcept { return wrong_; }

 private:
  void ask(caller& of) {
    std::string burst;
    for (auto count = std::min<std::uint64_t>(1 + random_.below(burst_most), left_); count > 0;
         --count) {
      const auto number = next_++;
      --left_;
      of.asked.push_back(number);
      burst += random_.one_in(blocks_one_in) ? "GET /block/" : "GET /number/";
      burst += std::to_string(number) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }
    // In two parts, so that it ends in the middle of a request now and then.
    const std::size_t cut = random_.one_in(3) ? random_.below(burst.size()) : burst.size();
    of.line.send(burst.substr(0, cut));
    of.line.send(burst.substr(cut));
  }

  void hear(caller& of) {
    for (; !of.asked.empty(); of.asked.pop_front()) {
      const auto answer = of.line.answer();
      if (answer == std::to_string(of.asked.front())) continue;
      wrong_ = "instead of " + std::to_string(of.asked.front()) + ": " + answer;
      return;
    }
  }

  random_source random_;
  std::uint64_t left_;
  std::uint64_t next_ = 0;
  std::vector<std::unique_ptr<caller>> callers_;
  std::string wrong_;
};

class LendingStorm : public testing::TestWithParam<std::vector<io::driver_kind>> {
 protected:
  LendingStorm() {
    site_.get<"/number/{n}">([](std::uint64_t n) { return std::to_string(n); });
    site_.get<"/block/{n}">([](std::uint64_t n) {
      std::this_thread::sleep_for(2ms);
      return std::to_string(n);
    });
    std::string problem;
    table_ = site_.freeze(problem);
    SHOAL_CHECK(table_ != nullptr);
  }

  void SetUp() override {
    if (!io::open_driver(io::driver_kind::uring)) GTEST_SKIP() << "io_uring cannot be used here";
  }

  shop& any_shop() { return *shops_[random_.below(shops_.size())]; }

  /// Sends help from one to another as long as `going`, and moves idle ones now and then. At most
  /// one call is under way for each worker, as in cluster/node/watcher.h.
  void make_trouble(const std::atomic<unsigned>& going) {
    auto& busy = busy_;
    while (going.load(std::memory_order_acquire) != 0) {
      const auto at = random_.below(shops_.size());
      shop& helper = *shops_[at];
      shop& other = any_shop();
      busy[at].wait(true);
      if (&helper == &other) continue;
      busy[at].store(true);
      const bool all = random_.one_in(4);
      const bool gives = random_.one_in(8);
      helper.post([&busy, &helper, &other, all, gives, at] {
        gives ? helper.give_away(0.5, other) : helper.server().take_over(other.lends(), all);
        busy[at].store(false);
        busy[at].notify_one();
      });
    }
    for (auto& call : busy) call.wait(true);
  }

  /// Until no connection is left anywhere, nor on its way. All clients have gone.
  server_counters await_quiet() {
    for (;;) {
      server_counters sum;
      for (auto& s : shops_) {
        const auto c = s->counters();
        sum.connections_open += c.connections_open;
        sum.requests_total += c.requests_total;
        sum.adopted += c.adopted;
        sum.given += c.given;
        sum.misread += c.misread;
      }
      if (sum.connections_open == 0 && sum.adopted == sum.given) return sum;
    }
  }

  routes site_;
  const route_table* table_ = nullptr;
  const std::uint64_t seed_ = given("SHOAL_SEED", 1);
  random_source random_{seed_};
  std::array<std::atomic<bool>, 4> busy_{};  ///< outlives the workers, who notify
  std::vector<std::unique_ptr<shop>> shops_;
};

TEST_P(LendingStorm, LosesDoublesAndReordersNothing) {
  const auto messages = given("SHOAL_MESSAGES", 20'000);
  const int before = test::open_descriptors();
  for (const auto kind : GetParam()) {
    shops_.push_back(std::make_unique<shop>(kind, *table_, server_options{}));
    shops_.back()->watch_pace();
  }
  std::vector<std::unique_ptr<crowd>> crowds;
  std::vector<std::thread> threads;
  std::atomic<unsigned> going{client_threads};
  for (unsigned i = 0; i < client_threads; ++i) {
    auto& c = *crowds.emplace_back(
        std::make_unique<crowd>(seed_ * client_threads + i, messages / client_threads));
    for (unsigned n = 0; n < connections_each; ++n) {
      test::tcp_pair ends;
      any_shop().take(ends.server.release());
      c.add(std::move(ends.client));
    }
  }
  for (auto& c : crowds) {
    threads.emplace_back([&c, &going] {
      c->run();
      going.fetch_sub(1, std::memory_order_release);
    });
  }
  make_trouble(going);
  for (auto& t : threads) t.join();
  for (const auto& c : crowds) EXPECT_EQ(c->wrong(), "");

  const auto sum = await_quiet();
  EXPECT_EQ(sum.misread, 0U);
  EXPECT_EQ(sum.requests_total, messages / client_threads * client_threads);
  EXPECT_GT(sum.adopted, 0U);
  std::cout << sum.requests_total << " answers, " << sum.adopted << " changes of worker, seed "
            << seed_ << " (SHOAL_SEED)\n";
  for (auto& s : shops_) s->close();
  shops_.clear();
  EXPECT_EQ(test::open_descriptors(), before);
}

constexpr auto uring = io::driver_kind::uring;
constexpr auto epoll = io::driver_kind::epoll;

INSTANTIATE_TEST_SUITE_P(Uring, LendingStorm, testing::Values(std::vector(3, uring)));
INSTANTIATE_TEST_SUITE_P(Epoll, LendingStorm, testing::Values(std::vector(3, epoll)));
INSTANTIATE_TEST_SUITE_P(Mixed, LendingStorm,
                         testing::Values(std::vector{uring, epoll, uring, epoll}));

}  // namespace
}  // namespace shoal::http
