#include "shoal/http/context.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "http/site.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class Context : public testing::Test {
 protected:
  /// What the route /x makes of one request.
  std::string ask(std::string_view target = "/x", std::string_view fields = "Host: h\r\n") {
    if (!site_.server) site_.open();
    auto& client = site_.send("GET " + std::string(target) + " HTTP/1.1\r\n" + std::string(fields) +
                              "Connection: close\r\n\r\n");
    site_.pass(100ms);
    return parsed_answer(client.received()).rest;
  }

  site site_;
};

TEST_F(Context, TellsWhatTheRequestSays) {
  site_.routes.get<"/x">([](context& c) {
    std::string seen = std::string(to_string(c.verb())) + " " + std::string(c.path()) + " " +
                       std::string(c.query()) + " " + std::string(c.host());
    for (std::size_t i = 0; i < c.header_count(); ++i) {
      const auto [name, value] = c.header_at(i);
      seen += " " + std::string(name) + "=" + std::string(value);
    }
    return seen;
  });
  EXPECT_EQ(ask("/x?a=b", "Host: example.org:80\r\nX-A: 1\r\n"),
            "GET /x a=b example.org:80 Host=example.org:80 X-A=1 Connection=close");
  EXPECT_EQ(ask("http://other/x"), "GET /x  other Host=h Connection=close");
}

TEST_F(Context, FindsFieldsInAnyCaseAndTheFirstOfTwo) {
  site_.routes.get<"/x">([](context& c) {
    return std::string(c.header("x-a").value_or("none")) + " " +
           std::string(c.header("X-B").value_or("none"));
  });
  EXPECT_EQ(ask("/x", "Host: h\r\nX-a: 1\r\nx-A: 2\r\n"), "1 none");
}

TEST_F(Context, KeepsOneValueOfEachType) {
  site_.routes.before([](context& c) -> std::optional<response> {
    c.set("old"s);
    c.set(7);
    c.set("new"s);
    return std::nullopt;
  });
  site_.routes.get<"/x">([](context& c) {
    EXPECT_EQ(c.get<double>(), nullptr);
    return *c.get<std::string>() + std::to_string(*c.get<int>());
  });
  EXPECT_EQ(ask(), "new7");
}

TEST_F(Context, ForgetsTheValuesOfTheRequestBefore) {
  site_.routes.get<"/x">([](context& c) {
    const bool kept = c.get<int>() != nullptr;
    c.set(1);
    return kept ? "kept" : "fresh";
  });
  site_.open();
  const std::string get = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
  auto& client = site_.send(get + get);
  site_.pass(100ms);
  EXPECT_EQ(bodies_of(client.received()), "fresh|fresh");
}

TEST_F(Context, KnowsItsWorkerAndTheStateThere) {
  site_.routes.state<int>([](worker& w) { return static_cast<int>(w.id()) + 40; });
  site_.routes.get<"/x">([](context& c) {
    const auto& w = c.worker();
    EXPECT_THROW(static_cast<void>(c.state<double>()), std::logic_error);
    return std::to_string(++c.state<int>()) + " " + std::string(w.driver()) + " " +
           std::to_string(w.node()) + " " + std::to_string(w.cpu()) + " " +
           std::to_string(w.generation());
  });
  EXPECT_EQ(ask(), "41 sim 0 -1 0");
  EXPECT_EQ(ask(), "42 sim 0 -1 0");
}

TEST_F(Context, AStateMayBeMadeFromTheWorkerOrFromNothing) {
  struct from_worker {
    explicit from_worker(worker& w) : driver(w.driver()) {}
    std::string driver;
  };
  struct from_nothing {
    int value = 5;
  };
  site_.routes.state<from_worker>();
  site_.routes.state<from_nothing>();
  site_.routes.get<"/x">([](context& c) {
    return c.state<from_worker>().driver + std::to_string(c.state<from_nothing>().value);
  });
  EXPECT_EQ(ask(), "sim5");
}

TEST_F(Context, SaysWhenTheServerDrains) {
  site_.routes.get<"/x">([](context& c) -> task<std::string> {
    const bool before = c.draining();
    co_await sleep(20ms);
    co_return std::string(before ? "draining" : "serving") + (c.draining() ? " draining" : "");
  });
  site_.open();
  auto& client = site_.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(10ms);
  site_.server->drain();
  site_.pass(100ms);
  EXPECT_EQ(parsed_answer(client.received()).rest, "serving draining");
}

TEST_F(Context, ARequestIdIsSixteenHexDigitsAndStays) {
  site_.routes.get<"/x">([](context& c) {
    const auto id = c.request_id();
    EXPECT_EQ(c.request_id(), id);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    return id;
  });
  const auto one = ask();
  const auto two = ask();
  EXPECT_EQ(one.size(), 16u);
  EXPECT_NE(one, two);
}

TEST_F(Context, ARequestIdFromOutsideIsTakenIfAFieldCouldHoldIt) {
  site_.routes.get<"/x">([](context& c) {
    EXPECT_THROW(c.set_request_id(""), std::invalid_argument);
    EXPECT_THROW(c.set_request_id("a\r\nb"), std::invalid_argument);
    EXPECT_THROW(c.set_request_id(std::string(129, 'a')), std::invalid_argument);
    c.set_request_id(std::string(128, 'a'));
    return c.request_id();
  });
  EXPECT_EQ(ask(), std::string(128, 'a'));
}

}  // namespace
}  // namespace shoal::http
