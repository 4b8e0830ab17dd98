// Questions between workers, here from one to itself. Between processes:
// tests/cluster/messages_test.
#include "shoal/http/ask.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http/site.h"
#include "shoal/coro/when_all.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

struct product {
  static constexpr message_tag tag{"product", 3};
  int of;
  int and_of;
};
struct number {
  static constexpr message_tag tag{"number", 1};
  int value;
};
struct riddle {
  static constexpr message_tag tag{"riddle", 1};
};

class Ask : public testing::Test {
 protected:
  Ask() {
    site_.routes.on_ask<product>(
        [](worker&, const product& p, sender) { return number{p.of * p.and_of}; });
    site_.routes.on_ask<riddle>([this](worker&, const riddle&, sender) -> number {
      ++riddles_;
      throw std::runtime_error("nobody knows");
    });
  }
  std::string answer_to(std::string_view path) {
    auto& client = site_.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    site_.pass(5s);
    return parsed_answer(client.received()).rest;
  }
  static std::string show(const std::optional<number>& got) {
    return got ? std::to_string(got->value) : "none";
  }

  site site_;
  int riddles_ = 0;
};

TEST_F(Ask, IsAnsweredByTheOtherSide) {
  site_.routes.get<"/product/{a}/{b}">([](context& c, int a, int b) -> task<std::string> {
    co_return show(co_await c.worker().ask<number>(0, product{a, b}, 1s));
  });
  site_.open();
  EXPECT_EQ(answer_to("/product/6/7"), "42");
  EXPECT_EQ(answer_to("/product/3/3"), "9");
}

TEST_F(Ask, ManyAtOnceGetTheirOwnAnswers) {
  site_.routes.get<"/products">([](context& c) -> task<std::string> {
    auto& self = c.worker();
    const auto [a, b, d] = co_await when_all(self.ask<number>(0, product{1, 2}, 1s),
                                             self.ask<number>(0, product{3, 4}, 1s),
                                             self.ask<number>(0, product{5, 6}, 1s));
    co_return show(a) + " " + show(b) + " " + show(d);
  });
  site_.open();
  EXPECT_EQ(answer_to("/products"), "2 12 30");
}

TEST_F(Ask, TheSupervisorAnswersToo) {
  site_.routes.on_supervisor_ask<product>([](supervisor& self, const product& p, sender from) {
    return number{p.of + p.and_of + static_cast<int>(self.workers() + from.worker)};
  });
  site_.routes.get<"/up">([](context& c) -> task<std::string> {
    auto& self = c.worker();
    const auto above = co_await self.ask<number>(the_supervisor, product{6, 7}, 1s);
    const auto beside = co_await self.ask<number>(0, product{6, 7}, 1s);
    co_return show(above) + " " + show(beside);
  });
  site_.open();
  EXPECT_EQ(answer_to("/up"), "14 42");
}

TEST_F(Ask, IsGivenUpWhenNoAnswerComes) {
  nanoseconds took{0};
  site_.routes.get<"/riddle">([&](context& c) -> task<std::string> {
    const auto began = site_.loop.now();
    const auto got = co_await c.worker().ask<number>(0, riddle{}, 700ms);
    took = site_.loop.now() - began;
    co_return show(got);
  });
  site_.open();
  EXPECT_EQ(answer_to("/riddle"), "none");
  EXPECT_EQ(riddles_, 1) << "it was heard all the same";
  EXPECT_GE(took, 700ms);
  EXPECT_LT(took, 800ms);
}

TEST_F(Ask, AnAnswerOfAnotherTypeThanExpectedIsNone) {
  site_.routes.get<"/wrong">([](context& c) -> task<std::string> {
    const auto got = co_await c.worker().ask<product>(0, product{2, 2}, 100ms);
    co_return got ? "some" : "none";
  });
  site_.open();
  EXPECT_EQ(answer_to("/wrong"), "none");
}

TEST_F(Ask, MayBeAskedWithoutAnEnd) {
  site_.routes.get<"/patient">([](context& c) -> task<std::string> {
    co_return show(
        co_await c.worker().ask<number>(0, product{2, 5}, std::chrono::milliseconds::max()));
  });
  site_.open();
  EXPECT_EQ(answer_to("/patient"), "10");
}

TEST_F(Ask, AnAnswerThatComesTooLateIsNobodys) {
  site_.routes.get<"/late">([](context& c) -> task<std::string> {
    const auto first = co_await c.worker().ask<number>(0, product{2, 2}, 0ms);
    const auto second = co_await c.worker().ask<number>(0, product{2, 3}, 1s);
    co_return show(first) + " " + show(second);
  });
  site_.open();
  const auto got = answer_to("/late");
  EXPECT_TRUE(got == "none 6" || got == "4 6") << got;
}

TEST_F(Ask, WhereThereIsNoRoomThereIsNoAnswer) {
  site_.routes.get<"/flood">([](context& c) -> task<std::string> {
    auto& self = c.worker();
    while (self.send(0, asked<product>{0, {1, 1}})) {
    }
    co_return show(co_await self.ask<number>(0, product{2, 2}, 1s));
  });
  site_.open();
  EXPECT_EQ(answer_to("/flood"), "none");
}

TEST_F(Ask, WhoIsGoneIsNotWokenByTheAnswer) {
  site_.routes.get<"/product">([](context& c) -> task<std::string> {
    co_return show(co_await c.worker().ask<number>(0, product{2, 2}, 1s));
  });
  site_.open();
  for (int turns = 0; turns < 6; ++turns) {
    auto& client = site_.send("GET /product HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < turns; ++i) site_.loop.run_turn(site_.loop.now());
    client.reset();
    site_.pass(2s);
  }
  EXPECT_EQ(answer_to("/product"), "4");
}

TEST_F(Ask, NamesInLogsSayWhichIsWhich) {
  EXPECT_STREQ(asked<product>::tag.name, "product?");
  EXPECT_STREQ((answered<product, number>::tag.name), "product!");
  EXPECT_EQ(asked<product>::tag.version, 3U);
}

}  // namespace
}  // namespace shoal::http
