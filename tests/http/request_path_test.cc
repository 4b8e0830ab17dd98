// What a keep-alive request costs on the real drivers: no allocation, and no system call but the
// turn's own.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/descriptor.h"
#include "http/server.h"
#include "io/loop.h"
#include "io/open.h"
#include "shoal/coro/task.h"
#include "shoal/http/routes.h"
#include "shoal/io/sleep.h"
#include "support/allocations.h"

namespace shoal::http {
namespace {

task<const char*> at_once() { co_return "from a coroutine"; }

task<const char*> in_the_next_turn() {
  co_await sleep(nanoseconds(0));
  co_return "from a coroutine that slept";
}

/// A listener, and a client of it.
struct loopback {
  loopback() : listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    SHOAL_CHECK(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    SHOAL_CHECK(::listen(listener.get(), 8) == 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
    client.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SHOAL_CHECK(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  }
  descriptor listener;
  descriptor client;
};

class RequestPath : public testing::TestWithParam<io::driver_kind> {
 protected:
  void SetUp() override {
    auto opened = io::open_driver(GetParam());
    if (!opened) GTEST_SKIP() << opened.error().message;
    driver_ = std::move(opened).value();
    loop_.emplace(*driver_);
    routes_.get<"/plain">([] { return "plain"; });
    routes_.get<"/users/{id}">([](std::uint64_t) { return "user"; });
    routes_.get<"/coroutine">(at_once);
    routes_.get<"/next-turn">(in_the_next_turn);
    std::string problem;
    const auto* table = routes_.freeze(problem);
    server_.emplace(*loop_, *table, self_, server_options{});
    server_->listen(net_.listener.get());
  }

  /// Sends `text` and runs turns until an answer is there; false: there was none.
  bool request(const std::string& text) {
    if (::send(net_.client.get(), text.data(), text.size(), 0) < 0) return false;
    for (int turns = 0; turns < 100'000; ++turns) {
      loop_->run_turn(loop_->now());
      if (::recv(net_.client.get(), answer_, sizeof answer_, MSG_DONTWAIT) > 0) return true;
    }
    return false;
  }

  void expect_no_allocation(const std::string& path) {
    if (!test::allocations_are_counted()) GTEST_SKIP() << "this sanitizer counts no allocations";
    const auto text = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(request(text));
    const auto before = test::allocations();
    bool answered = true;
    for (int i = 0; answered && i < 1000; ++i) answered = request(text);
    EXPECT_EQ(test::allocations() - before, 0u) << path;
    EXPECT_TRUE(answered);
  }

  loopback net_;
  std::unique_ptr<io::driver> driver_;
  std::optional<io::loop> loop_;
  routes routes_;
  worker self_{worker_facts{}};
  std::optional<server> server_;
  char answer_[4096];
};

TEST_P(RequestPath, AllocatesNothing) {
  expect_no_allocation("/plain");
  expect_no_allocation("/users/42");
  expect_no_allocation("/coroutine");
  expect_no_allocation("/next-turn");
}

// io_uring: nothing but the turn's one enter. epoll: the turn's wait, and a receive and a send for
// each request, which is what epoll is.
TEST_P(RequestPath, MakesNoSystemCallButTheTurnsOwn) {
  const std::string text = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(request(text));
  const auto before = driver_->counters();
  constexpr std::uint64_t requests = 500;
  for (std::uint64_t i = 0; i < requests; ++i) ASSERT_TRUE(request(text));
  const auto& after = driver_->counters();
  const auto calls = after.system_calls - before.system_calls;
  const auto waits = after.waits - before.waits;
  const std::uint64_t each = GetParam() == io::driver_kind::epoll ? 2 : 0;
  EXPECT_LE(calls, waits + each * requests);
}

INSTANTIATE_TEST_SUITE_P(Drivers, RequestPath,
                         testing::Values(io::driver_kind::uring, io::driver_kind::epoll),
                         [](const auto& given) {
                           return given.param == io::driver_kind::uring ? "uring" : "epoll";
                         });

}  // namespace
}  // namespace shoal::http
