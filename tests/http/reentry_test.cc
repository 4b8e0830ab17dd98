// Handlers that touch their connection, or another handler, while somebody's code is on the stack.
// Most of what could go wrong here is for ASan to see.
#include <gtest/gtest.h>

#include <coroutine>
#include <utility>

#include "http/site.h"
#include "shoal/coro/scope.h"
#include "shoal/io/sleep.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

/// Resumes whoever waits at once, on the caller's stack, as simple events of users do.
struct event {
  std::coroutine_handle<> waiting;

  struct awaiter {
    explicit awaiter(event& on) : of(on) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handler) const noexcept { of.waiting = handler; }
    void await_resume() const noexcept {}
    event& of;
  };
  awaiter operator co_await() { return awaiter(*this); }
  void signal() { std::exchange(waiting, nullptr).resume(); }
};

task<std::string> read_all(context& c) {
  auto in = c.body();
  co_return co_await in.all();
}

task<std::string> read_in_a_task_of_its_own(context& c) {
  co_await sleep(5ms);
  co_return co_await read_all(c);
}

task<> read_aside(context& c, std::string& to) {
  auto in = c.body();
  to = co_await in.all();
}

task<std::string> leave_a_reader(context& c) {
  std::string left;
  {
    scope aside;
    aside.start(read_aside(c, left));
  }
  co_await sleep(10ms);
  co_return "left" + left;
}

TEST(Reentry, AHandlerThatAsksTooLateForABodyThatWillNotComeIsEndedSafely) {
  site s;
  s.routes.post<"/late">(read_in_a_task_of_its_own);
  s.open();
  auto& client = s.send("POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  client.shutdown_send();
  s.pass(50ms);
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(s.server->counters().requests_in_flight, 0u);
}

TEST(Reentry, AHandlerThatWakesAnotherKeepsItsOwnRequest) {
  site s;
  event woken;
  s.routes.get<"/wait">([&]() -> task<std::string> {
    co_await woken;
    co_return "woken";
  });
  s.routes.get<"/wake">([&](context& c) {
    woken.signal();
    return std::string(c.query());
  });
  s.routes.get<"/wake-later">([&](context& c) -> task<std::string> {
    woken.signal();
    co_return std::string(c.query());
  });
  s.routes.get<"/hello">([](context& c) { return "hello " + std::string(c.query()); });
  s.open();
  for (const std::string_view path : {"/wake", "/wake-later"}) {
    auto& sleeper = s.send(
        "GET /wait HTTP/1.1\r\nHost: h\r\n\r\nGET /hello?to=the+sleeper HTTP/1.1\r\nHost: "
        "h\r\n\r\n");
    s.pass(1ms);
    auto& waker = s.send("GET " + std::string(path) + "?i=woke HTTP/1.1\r\nHost: h\r\n\r\n");
    s.pass(1ms);
    EXPECT_EQ(bodies_of(sleeper.received()), "woken|hello to=the+sleeper") << path;
    EXPECT_EQ(bodies_of(waker.received()), "i=woke") << path;
  }
}

TEST(Reentry, AReaderThatIsDestroyedWhileItWaitsIsNotResumed) {
  site s;
  s.routes.post<"/leave">(leave_a_reader);
  s.open();
  auto& client = s.send("POST /leave HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello");
  s.pass(5ms);
  client.send("world");
  s.pass(50ms);
  EXPECT_EQ(bodies_of(client.received()), "left");
}

}  // namespace
}  // namespace shoal::http
