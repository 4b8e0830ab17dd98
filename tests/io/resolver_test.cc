#include "io/resolver.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "coroutines.h"
#include "io/open.h"
#include "io/sim/world.h"
#include "shoal/io/tcp.h"

namespace shoal::io {
namespace {

using namespace std::chrono_literals;

class resolver_test : public testing::Test {
 protected:
  /// Turns until all coroutines have ended; the helper thread answers when it likes.
  void run() {
    for (int i = 0; i < 1'000'000 && all_.running() > 0; ++i) loop_.run_turn(loop_.now());
    EXPECT_EQ(all_.running(), 0U);
  }
  void pass(nanoseconds time) {
    const auto until = loop_.now() + time;
    while (loop_.now() < until) loop_.run_turn(until);
  }
  resolver::lookup counted() {
    return [this](const std::string& host) -> resolved_name {
      gate_.wait();
      ++asked_;
      if (host == "nowhere") return {{}, "not known"};
      if (host == "throws") throw std::runtime_error("no memory");
      return {{tcp::address("10.1.2.3:0"), tcp::address("10.1.2.4:0")}, {}};
    };
  }
  void ask(resolver& names, const std::string& host) {
    all_.start([this, &names, host]() -> task<> {
      const auto answer = co_await names.resolve(host);
      answers_.push_back(answer->problem.empty() ? answer->addresses[0].text() : answer->problem);
    });
  }

  sim::world world_{1};
  loop loop_{world_.io()};
  coroutines all_{loop_};
  std::promise<void> open_;
  std::shared_future<void> gate_ = open_.get_future().share();
  std::atomic<int> asked_{0};  // the helper counts, the test reads when it is idle
  std::vector<std::string> answers_;
};

TEST_F(resolver_test, ANameThatManyWantIsAskedForOnceAndKeptForAWhile) {
  resolver names(loop_, counted());
  for (int i = 0; i < 5; ++i) ask(names, "one");
  EXPECT_TRUE(answers_.empty());
  open_.set_value();
  run();
  EXPECT_EQ(answers_, std::vector<std::string>(5, "10.1.2.3:0"));
  EXPECT_EQ(asked_, 1);
  pass(resolver::kept_for - 1ms);
  ask(names, "one");
  run();
  EXPECT_EQ(asked_, 1);
  pass(1ms);
  ask(names, "one");
  run();
  EXPECT_EQ(asked_, 2);
  EXPECT_EQ(answers_.size(), 7U);
}

TEST_F(resolver_test, AFailureIsToldAndNotKept) {
  open_.set_value();
  resolver names(loop_, counted());
  for (const char* host : {"nowhere", "nowhere", "throws"}) {
    ask(names, host);
    run();
  }
  EXPECT_EQ(answers_, (std::vector<std::string>{"not known", "not known", "no memory"}));
  EXPECT_EQ(asked_, 3);
}

TEST_F(resolver_test, WhoWaitsMayBeDestroyed) {
  resolver names(loop_, counted());
  ask(names, "one");
  ask(names, "one");
  all_.destroy();
  ask(names, "one");
  open_.set_value();
  run();
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(resolver_test, WhoWaitsDoesSoUntilADeadline) {
  resolver names(loop_, counted());
  bool timed_out = false;
  all_.start(
      [&]() -> task<> { timed_out = co_await names.resolve("one", loop_.now() + 2s) == nullptr; });
  ask(names, "one");
  pass(2s - 1ms);
  EXPECT_FALSE(timed_out);
  pass(2ms);
  EXPECT_TRUE(timed_out);
  EXPECT_TRUE(answers_.empty());
  open_.set_value();
  run();
  EXPECT_EQ(answers_.size(), 1U) << "the other one waits on";
}

TEST_F(resolver_test, ItMayEndWhileAQuestionIsUnderWay) {
  {
    resolver names(loop_, counted());
    ask(names, "one");
    open_.set_value();
  }
  all_.destroy();
  EXPECT_TRUE(answers_.empty());
}

TEST_F(resolver_test, NoMoreNamesAreKeptThanItSays) {
  open_.set_value();
  resolver names(loop_, counted());
  for (std::size_t i = 0; i <= resolver::most_names; ++i) {
    ask(names, std::to_string(i));
    run();
  }
  ask(names, "0");
  run();
  EXPECT_EQ(asked_, static_cast<int>(resolver::most_names) + 2) << "the first one was let go";
}

/// On the kernel's network, since names lead there.
struct real_loop {
  std::unique_ptr<driver> io = std::move(open_driver(driver_kind::epoll)).value();
  loop l{*io};
  coroutines all{l};
  void run() {
    const auto limit = l.now() + 20s;
    while (all.running() > 0 && l.now() < limit) l.run_turn(limit);
    EXPECT_EQ(all.running(), 0U);
  }
};

TEST(connect_to_name_test, EachAddressOfANameIsTried) {
  real_loop on;
  std::string heard;
  on.all.start([&]() -> task<> {
    tcp::listener door(tcp::address("127.0.0.1:0"));
    const auto text = door.where().text();
    auto out = co_await tcp::connect("localhost" + text.substr(text.rfind(':')), 10s);
    auto in = co_await door.accept();
    co_await in.write("here");
    heard = co_await out.read();
  });
  on.run();
  EXPECT_EQ(heard, "here");
}

TEST(connect_to_name_test, WhatCannotBeResolvedSaysSo) {
  real_loop on;
  std::string problem;
  int code = -1;
  on.all.start([&]() -> task<> {
    try {
      auto out = co_await tcp::connect("no such host.invalid:80", 10s);
    } catch (const network_error& failed) {
      problem = failed.what();
      code = failed.code();
    }
  });
  on.run();
  EXPECT_EQ(code, 0);
  EXPECT_TRUE(problem.starts_with("cannot resolve no such host.invalid: ")) << problem;
}

TEST(connect_to_name_test, WhatIsNoAddressIsRefused) {
  sim::world w(1);
  loop l(w.io());
  coroutines all(l);
  int refused = 0;
  for (const char* text : {"", "host", ":80", "host:", "host:http", "host:80:80", "host:99999"}) {
    all.start([&refused, text]() -> task<> {
      try {
        auto out = co_await tcp::connect(std::string(text));
      } catch (const std::invalid_argument&) {
        ++refused;
      }
    });
  }
  EXPECT_EQ(refused, 7);
}

}  // namespace
}  // namespace shoal::io
