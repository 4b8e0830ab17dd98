// Handlers on other threads, with real ones: requests whose handlers go there and come back, whole
// and in parts, and clients that leave at any time. Every answer comes once and in order, and when
// all have gone nothing is left.
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "client.h"
#include "compute/blocking_pool.h"
#include "compute/compute_pool.h"
#include "shoal/compute/offload.h"
#include "shoal/compute/yield.h"
#include "shoal/io/sleep.h"
#include "shop.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using test::client;
using test::shop;

struct counter {
  std::uint64_t asked = 0;
};

/// A handler that touches what it holds at each place.
task<std::string> around(std::uint64_t n) {
  std::string text = std::to_string(n);
  co_await shoal::sleep(0ns);
  text.push_back('a');
  co_await shoal::yield();
  text.push_back('b');
  const std::size_t size = co_await shoal::offload([&] { return text.append("c").size(); });
  co_return text + std::to_string(size);
}
std::string around_answer(std::uint64_t n) {
  const std::string text = std::to_string(n) + "abc";
  return text + std::to_string(text.size());
}

task<std::string> parts(std::uint64_t n) {
  std::string text = std::to_string(n);
  co_await shoal::blocking([&] { text.push_back('d'); });
  co_return co_await shoal::offload([&] { return text + "e"; });
}

class AwayStorm : public testing::TestWithParam<io::driver_kind> {
 protected:
  AwayStorm() {
    site_.state<counter>();
    site_.get<"/whole/{n}">([](std::uint64_t n) { return std::to_string(n); }, {run::offload});
    site_.get<"/around/{n}">(around, {.where = run::offload, .work = work_class::bulk});
    site_.get<"/parts/{n}">(parts);
    site_.get<"/counted/{n}">([](context& c, std::uint64_t n) {
      // Heavy at times, and bound to its worker only then: moved, and then held fast.
      if (n % 50 == 0) std::this_thread::sleep_for(2ms);
      if (n % 75 == 0) ++c.state<counter>().asked;
      return std::to_string(n);
    });
    std::string problem;
    table_ = site_.freeze(problem);
    SHOAL_CHECK(table_ != nullptr);
  }

  void SetUp() override {
    if (!io::open_driver(GetParam())) GTEST_SKIP() << "this driver cannot be used here";
  }

  [[nodiscard]] server_options with_pools() {
    server_options options;
    options.executors = {&computing_, &sleeping_};
    return options;
  }

  /// While the loops that jobs go home to are there.
  void stop_pools() {
    computing_.stop();
    sleeping_.stop();
  }

  client connect(shop& to) {
    test::tcp_pair ends;
    to.take(ends.server.release());
    return client(std::move(ends.client));
  }

  /// Asks in bursts, and hears each answer in its turn.
  static std::string converse(client& line, random_source& random, int messages) {
    std::deque<std::string> expected;
    for (std::uint64_t n = 0; messages > 0;) {
      std::string burst;
      for (auto count = 1 + random.below(6); count > 0 && messages > 0; --count, --messages, ++n) {
        const char* const paths[] = {"/whole/", "/around/", "/parts/", "/counted/"};
        const auto which = random.below(4);
        const auto number = std::to_string(n);
        burst += "GET " + std::string(paths[which]) + number + " HTTP/1.1\r\nHost: x\r\n\r\n";
        const std::string answers[] = {number, around_answer(n), number + "de", number};
        expected.push_back(answers[which]);
      }
      line.send(burst);
      for (; !expected.empty(); expected.pop_front()) {
        const auto answer = line.answer();
        if (answer != expected.front()) return "instead of " + expected.front() + ": " + answer;
      }
    }
    return "";
  }

  routes site_;
  const route_table* table_ = nullptr;
  compute::compute_pool computing_{{.threads = 2}};
  compute::blocking_pool sleeping_{{.threads = 4}};
};

TEST_P(AwayStorm, EveryAnswerComesOnceAndInOrder) {
  const int before = test::open_descriptors();
  {
    shop worker(GetParam(), *table_, with_pools());
    worker.watch_pace();
    std::vector<std::thread> clients;
    std::vector<std::string> wrong(3);
    for (unsigned i = 0; i < wrong.size(); ++i) {
      clients.emplace_back([&, i] {
        random_source random(i);
        client line = connect(worker);
        wrong[i] = converse(line, random, 300);
      });
    }
    for (auto& each : clients) each.join();
    for (const auto& text : wrong) EXPECT_EQ(text, "");
    stop_pools();
    worker.close();
    EXPECT_EQ(worker.last_counters().jobs_out, 0U);
    EXPECT_EQ(worker.last_counters().requests_in_flight, 0U);
  }
  EXPECT_EQ(test::open_descriptors(), before);
}

TEST_P(AwayStorm, ClientsMayLeaveAtAnyTime) {
  shop worker(GetParam(), *table_, with_pools());
  random_source random(7);
  for (int i = 0; i < 500; ++i) {
    client line = connect(worker);
    const char* const paths[] = {"/whole/", "/around/", "/parts/"};
    line.get(paths[random.below(3)] + std::to_string(i));
    for (auto spins = random.below(20'000); spins > 0; --spins)
      std::atomic_signal_fence(std::memory_order_seq_cst);
    line.reset();
  }
  worker.drain();
  stop_pools();
  worker.close();
  EXPECT_EQ(worker.last_counters().connections_open, 0U);
  EXPECT_EQ(worker.last_counters().jobs_out, 0U);
}

TEST_P(AwayStorm, PoolsThatStopGiveBackWhatWaitsForThem) {
  shop worker(GetParam(), *table_, with_pools());
  std::vector<client> lines;
  for (int i = 0; i < 20; ++i) {
    lines.push_back(connect(worker));
    lines.back().get("/whole/1");
  }
  stop_pools();
  for (auto& line : lines) {
    const auto answer = line.answer();
    EXPECT_TRUE(answer == "1" || answer.find("Service Unavailable") != std::string::npos) << answer;
  }
  worker.close();
}

INSTANTIATE_TEST_SUITE_P(Drivers, AwayStorm,
                         testing::Values(io::driver_kind::uring, io::driver_kind::epoll),
                         [](const auto& info) {
                           return info.param == io::driver_kind::uring ? "Uring" : "Epoll";
                         });

}  // namespace
}  // namespace shoal::http
