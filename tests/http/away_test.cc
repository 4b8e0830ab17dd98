// Handlers on other threads. The threads are played by hand: hand_pool runs a job when the test
// says so, and everything else happens on the simulated network.
#include <gtest/gtest.h>
#include <time.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "http/site.h"
#include "shoal/compute/offload.h"
#include "shoal/compute/yield.h"
#include "shoal/coro/scope.h"
#include "shoal/http/client.h"
#include "shoal/http/client_error.h"
#include "shoal/http/error.h"
#include "shoal/io/sleep.h"
#include "support/event.h"
#include "support/hand_pool.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

/// On this thread's own clock: on a busy machine others may have the core meanwhile.
void compute(nanoseconds time) {
  const auto spent = [] {
    timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec);
  };
  for (const auto end = spent() + time; spent() < end;) {
  }
}

/// For so long that what this thread computes beside it does not matter, even where the machine
/// counts what others took from it as its own.
void call_that_blocks() { std::this_thread::sleep_for(50ms); }

using result = compute::job::result;

std::string place() { return shoal::detail::stretch::current() != nullptr ? "away" : "home"; }

struct database {
  int rows = 3;
};

class Away : public testing::Test {
 protected:
  void open(site& s, server_options options = {}) {
    options.executors = {&pool, &sleepers};
    s.open(options);
  }
  /// A job takes two turns in which nothing else happens.
  static void settle(site& s) {
    for (int i = 0; i < 2; ++i) s.settle();
  }
  /// Turns until nothing happens; then whoever waits for a thread gets one, again and again.
  void run_all(site& s) {
    settle(s);
    while (!pool.queue.empty() || !sleepers.queue.empty()) {
      (pool.queue.empty() ? sleepers : pool).run_next();
      settle(s);
    }
  }

  test::hand_pool pool;
  test::hand_pool sleepers;
};

TEST_F(Away, APlainHandlerRunsOnThePoolAndIsAnsweredFromItsWorker) {
  site s;
  s.routes.get<"/add/{a}/{b}">([](int a, int b) { return std::to_string(a + b) + place(); },
                               {run::offload});
  open(s);
  auto& client = s.send("GET /add/2/3 HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  EXPECT_EQ(client.received(), "");
  ASSERT_EQ(pool.queue.size(), 1U);
  EXPECT_EQ(s.server->counters().jobs_out, 1U);
  pool.run_next();
  settle(s);
  EXPECT_EQ(bodies_of(client.received()), "5away");
  EXPECT_EQ(s.server->counters().jobs_out, 0U);
}

TEST_F(Away, OthersAreServedMeanwhileAndPipelinedAnswersKeepTheirOrder) {
  site s;
  s.routes.get<"/slow">([] { return "slow"; }, {run::offload});
  s.routes.get<"/light">([] { return "light"; });
  open(s);
  auto& both =
      s.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /light HTTP/1.1\r\nHost: x\r\n\r\n");
  auto& other = s.send("GET /light HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  EXPECT_EQ(bodies_of(other.received()), "light");
  EXPECT_EQ(both.received(), "");
  run_all(s);
  EXPECT_EQ(bodies_of(both.received()), "slow|light");
}

TEST_F(Away, WhatAHandlerThrowsIsAnsweredAsEverywhere) {
  site s;
  s.routes.get<"/gone">([]() -> std::string { throw http_error(status::gone, "no more"); },
                        {run::offload});
  s.routes.get<"/number/{n}">([](int n) { return std::to_string(n); }, {run::offload});
  open(s);
  auto& client =
      s.send("GET /gone HTTP/1.1\r\nHost: x\r\n\r\nGET /number/x HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()),
            problem_body(status::gone, "no more") + "|" + problem_body(status::not_found));
}

TEST_F(Away, ACoroutineReadsItsBodyAtHomeAndComputesAway) {
  site s;
  s.routes.post<"/sum">(
      [](context& c) -> task<std::string> {
        std::string where = place();
        auto in = c.body();
        const std::string body = co_await in.all();
        where += place();
        co_await shoal::sleep(5ms);
        co_return where + place() + body;
      },
      {run::offload});
  open(s);
  auto& client = s.send("POST /sum HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  run_all(s);
  EXPECT_EQ(client.received(), "");
  client.send("cd");
  run_all(s);
  s.pass(10ms);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "awayawayawayabcd");
}

TEST_F(Away, FunctionsOfAHandlerRunOnThePoolAndOnTheOneForSleepers) {
  site s;
  s.routes.get<"/parts">([](context&) -> task<std::string> {
    const int a = co_await shoal::offload([](int x) { return x * 2; }, 21);
    auto b = co_await shoal::blocking([] { return std::string(" and more"); });
    co_return std::to_string(a) + b + place();
  });
  open(s);
  auto& client = s.send("GET /parts HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  ASSERT_EQ(pool.queue.size(), 1U);
  pool.run_next();
  settle(s);
  ASSERT_EQ(sleepers.queue.size(), 1U);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "42 and morehome");
}

TEST_F(Away, WhatAFunctionThrowsIsThrownInItsHandler) {
  site s;
  s.routes.get<"/parts">([](context&) -> task<std::string> {
    try {
      co_await shoal::offload([] { throw std::runtime_error("too deep"); });
    } catch (const std::runtime_error& why) {
      co_return why.what();
    }
    co_return "nothing";
  });
  open(s);
  auto& client = s.send("GET /parts HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "too deep");
}

TEST_F(Away, AFullQueueIsAnswered503) {
  site s;
  s.routes.get<"/whole">([] { return "whole"; }, {run::offload});
  s.routes.get<"/part">([](context&) -> task<std::string> {
    co_return std::to_string(co_await shoal::offload([] { return 1; }));
  });
  open(s);
  pool.full = true;
  for (const char* path : {"/whole", "/part"}) {
    auto& client = s.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    run_all(s);
    const parsed_answer answer(client.received());
    EXPECT_EQ(answer.status, 503) << path;
    EXPECT_TRUE(answer.has("Retry-After: 1")) << path;
  }
}

TEST_F(Away, AFunctionDoesNotWaitForAThreadForEver) {
  site s;
  s.routes.get<"/part">([](context&) -> task<std::string> {
    co_return std::to_string(co_await shoal::offload([] { return 1; }));
  });
  open(s);
  auto& late = s.send("GET /part HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  EXPECT_LE(pool.queue.front()->latest_start, s.loop.now() + 10s);
  pool.refuse_next(result::too_late);
  run_all(s);
  EXPECT_EQ(parsed_answer(late.received()).status, 503);
  pool.wait = 11s;
  auto& refused = s.send("GET /part HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  EXPECT_EQ(parsed_answer(refused.received()).status, 503);
}

TEST_F(Away, WhoWaitsForThreadsThatAreStuckIsAnsweredInTime) {
  site s;
  s.routes.get<"/job">([] { return "done"; }, {.where = run::offload, .deadline = 400ms});
  s.routes.get<"/light">([] { return "light"; });
  open(s);
  auto& client =
      s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\nGET /light HTTP/1.1\r\nHost: x\r\n\r\n");
  s.pass(300ms);
  EXPECT_EQ(client.received(), "");
  s.pass(200ms);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable) + "|light");
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable) + "|light");
  EXPECT_EQ(s.server->counters().jobs_out, 0U);
}

TEST_F(Away, OneSlowRunClosesNoRoute) {
  site s;
  s.routes.get<"/job">([] { return "done"; }, {.where = run::offload, .deadline = 1s});
  open(s);
  for (const auto cost : {nanoseconds(20s), nanoseconds(1ms), nanoseconds(1ms)}) {
    pool.cost = cost;
    auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
    run_all(s);
    EXPECT_EQ(bodies_of(client.received()), "done");
  }
}

TEST_F(Away, ABorrowedBodyIsTakenAlongThroughOnionsToo) {
  static std::string buffer;
  buffer = "mine";
  site s;
  s.routes.use([](context&, next inner) -> task<response> { co_return co_await inner(); });
  s.routes.get<"/view">([] { return std::string_view(buffer); }, {run::offload});
  open(s);
  auto& client = s.send("GET /view HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  compute::job& job = *pool.queue.front();
  pool.queue.pop_front();
  job.what = result::ran;
  job.run();
  buffer = "theirs";  // the thread's next request
  job.home->post(job);
  settle(s);
  EXPECT_EQ(bodies_of(client.received()), "mine");
}

TEST_F(Away, AClientOfTheHandlersOwnIsUsedAtHome) {
  site s;
  const shoal::client api("http://127.0.0.1:9");
  s.routes.get<"/fetch">(
      [&](context&) -> task<std::string> {
        try {
          auto answer = co_await api.get("/up");
          co_return "answered";
        } catch (const client_error&) {
          co_return place();
        }
      },
      {run::offload});
  open(s);
  auto& client = s.send("GET /fetch HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  s.pass(30s);
  EXPECT_EQ(bodies_of(client.received()), "home");
}

struct bell {
  test::event rings;
};

TEST_F(Away, WhoIsResumedOnAnothersThreadIsAnswered) {
  site s;
  bool rings_heavily = false;
  s.routes.state<bell>();
  s.routes.get<"/wait">([](context& c) -> task<std::string> {
    co_await c.state<bell>().rings;
    co_return "woken";
  });
  s.routes.get<"/ring">([&](context& c) {
    compute(2ms);
    if (rings_heavily) c.state<bell>().rings.set();
    return place();
  });
  open(s);
  s.server->turn_was_long();
  s.send("GET /ring HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  rings_heavily = true;
  auto& waits = s.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  auto& rings = s.send("GET /ring HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_EQ(bodies_of(rings.received()), "away");
  EXPECT_EQ(bodies_of(waits.received()), "woken");
}

TEST_F(Away, AFunctionIsToldThatItsWorkersStateIsNotItsOwn) {
  site s;
  s.routes.state<database>();
  s.routes.get<"/rows">([](context& c) -> task<std::string> {
    try {
      co_return std::to_string(co_await shoal::offload([&] { return c.state<database>().rows; }));
    } catch (const std::logic_error& why) {
      co_return why.what();
    }
  });
  open(s);
  auto& client = s.send("GET /rows HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_NE(client.received().find("belongs to the worker"), std::string::npos);
}

/// What a function finds out about its request.
std::string who_asks(context& c) { return c.request_id() + " " + std::string(c.remote_address()); }

TEST_F(Away, AFunctionMayAskWhoseRequestItServesEvenIfTheClientHasGone) {
  site s;
  std::string told_away;
  std::string told_home;
  s.routes.get<"/who">([&](context& c) -> task<std::string> {
    co_await shoal::offload([&] { told_away = who_asks(c); });
    told_home = who_asks(c);
    co_return told_home;
  });
  open(s);
  auto& client = s.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_EQ(told_away, told_home);
  EXPECT_GT(told_home.size(), 17U) << "an id and an address";
  EXPECT_EQ(bodies_of(client.received()), told_home);
  auto& leaves = s.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  compute::job& job = *pool.queue.front();
  pool.queue.pop_front();
  leaves.reset();
  settle(s);
  job.what = result::ran;
  job.run();  // as on a thread that had taken it out before
  EXPECT_EQ(told_away.substr(16), told_home.substr(16)) << "the address";
  EXPECT_NE(told_away.substr(0, 16), told_home.substr(0, 16));
  job.home->post(job);
  settle(s);
}

TEST_F(Away, AFunctionOfATaskThatNobodyAwaitsIsToldWhatItMustTakeAlong) {
  site s;
  s.routes.get<"/who">([](context& c) -> task<std::string> {
    std::string told;
    const auto beside = [](context& of, std::string& into) -> task<> {
      try {
        into = co_await shoal::offload([&] { return who_asks(of); });
      } catch (const std::logic_error& why) {
        into = why.what();
      }
    };
    shoal::scope all;
    all.start(beside(c, told));
    co_await all.join();
    co_return told;
  });
  open(s);
  auto& client = s.send("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_NE(client.received().find("belongs to the worker"), std::string::npos);
}

TEST_F(Away, WhoHasBeenMovedToSleepComputesWhereOthersCompute) {
  site s;
  bool computes = false;
  s.routes.get<"/job">([&](context&) -> task<std::string> {
    if (!computes) call_that_blocks();
    const std::string before = place();
    if (!computes) co_return before;
    const std::string there = co_await shoal::offload([] { return place(); });
    co_return before + there + place();
  });
  open(s);
  s.server->turn_was_long();
  s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  computes = true;
  auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  ASSERT_EQ(sleepers.queue.size(), 1U);
  sleepers.run_next();
  settle(s);
  EXPECT_TRUE(sleepers.queue.empty());
  ASSERT_EQ(pool.queue.size(), 1U);
  pool.run_next();
  settle(s);
  ASSERT_EQ(sleepers.queue.size(), 1U);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "awayawayaway");
}

TEST_F(Away, WithoutThreadsThatComputeASleepersThreadComputesInItsPlace) {
  site s;
  bool computes = false;
  s.routes.get<"/job">([&](context&) -> task<std::string> {
    if (!computes) call_that_blocks();
    const std::string there = co_await shoal::offload([] { return place(); });
    co_return there + place();
  });
  s.open({.executors = {nullptr, &sleepers}});
  s.server->turn_was_long();
  s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  computes = true;
  auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  ASSERT_EQ(sleepers.queue.size(), 1U);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "awayaway");
}

TEST_F(Away, WhatAPoolThatEndsSendsHomeHasNotWaitedForTooLong) {
  site s;
  s.routes.get<"/job">([] { return "done"; }, {run::offload});
  open(s);
  for (const auto why : {result::given_up, result::too_late}) {
    auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
    settle(s);
    pool.refuse_next(why);
    run_all(s);
    EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable));
    EXPECT_EQ(s.server->counters().shed, why == result::too_late ? 1U : 0U);
  }
}

TEST_F(Away, WhatHasBegunIsBroughtToItsEnd) {
  site s;
  s.routes.get<"/job">(
      [](context&) -> task<std::string> {
        co_await shoal::yield();
        co_return "done";
      },
      {run::offload});
  open(s);
  auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  EXPECT_NE(pool.queue.front()->latest_start, never);
  pool.run_next();
  s.pass(2ms);
  settle(s);
  ASSERT_EQ(pool.queue.size(), 1U);
  EXPECT_EQ(pool.queue.front()->latest_start, never);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), "done");
}

TEST_F(Away, WhoWouldBeTooLateIsTurnedBackBeforeItsBodyIsRead) {
  site s;
  s.routes.post<"/job">([](context& c) -> task<std::string> { co_return co_await c.body().all(); },
                        {.where = run::offload, .deadline = 500ms});
  open(s);
  pool.wait = 501ms;
  auto& client = s.send(
      "POST /job HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
      "Expect: 100-continue\r\n\r\n");
  run_all(s);
  const parsed_answer answer(client.received());
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.head.find("Retry-After: "), std::string::npos);
  EXPECT_EQ(client.received().find("100 Continue"), std::string::npos);
  EXPECT_EQ(s.server->counters().shed, 1U);
}

TEST_F(Away, WhoHasWaitedTooLongIsTurnedBackAndItsConnectionGoesOn) {
  site s;
  s.routes.get<"/job">([] { return "done"; }, {run::offload});
  open(s);
  auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\nGET /job HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  pool.refuse_next(result::too_late);
  run_all(s);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable) + "|done");
}

// ---- cancelled at every point

class AwayCancelled : public Away {
 protected:
  struct witness {
    int& count;
    ~witness() { ++count; }
  };
  void open_parts(site& s) {
    s.routes.get<"/whole">(
        [this](context& c) -> task<std::string> {
          const witness w{ended};
          ++begun;
          co_await shoal::sleep(1ms);
          ++begun;
          co_return std::string(c.path());
        },
        {run::offload});
    s.routes.get<"/part">([this](context&) -> task<std::string> {
      const witness w{ended};
      std::string mine = "kept";
      co_return co_await shoal::offload([&] {
        ++begun;
        return mine;
      });
    });
    open(s);
  }
  /// With six, one of whom has left.
  void fill_queue(site& s, const std::string& path) {
    open_parts(s);
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    for (int i = 0; i < 5; ++i) s.send(request);
    auto& gone = s.send(request);
    settle(s);
    gone.reset();
    settle(s);
    EXPECT_EQ(pool.queue.size(), 6U);
  }

  int begun = 0;
  int ended = 0;
};

TEST_F(AwayCancelled, WhileQueuedItIsNotRunAndEndsWhenItIsTakenOut) {
  for (const char* path : {"/whole", "/part"}) {
    begun = ended = 0;
    site s;
    open_parts(s);
    auto& client = s.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    settle(s);
    client.reset();
    settle(s);
    EXPECT_EQ(s.server->counters().connections_open, 0U);
    s.server->drain();
    settle(s);
    EXPECT_FALSE(s.server->drained()) << "what is on another thread is not over";
    ASSERT_EQ(pool.queue.size(), 1U);
    pool.run_next();
    settle(s);
    EXPECT_EQ(begun, 0) << path;
    EXPECT_TRUE(s.server->drained()) << path;
  }
}

TEST_F(AwayCancelled, WhileItRunsItsFramesStayUntilItIsHome) {
  for (const char* path : {"/whole", "/part"}) {
    begun = ended = 0;
    site s;
    open_parts(s);
    auto& client = s.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    settle(s);
    compute::job& job = *pool.queue.front();
    pool.queue.pop_front();
    job.what = result::ran;
    job.run();  // another thread would be in here while the client leaves
    client.reset();
    settle(s);
    EXPECT_EQ(ended, 0) << path;
    job.home->post(job);
    settle(s);
    EXPECT_EQ(ended, 1) << path;
    EXPECT_EQ(begun, 1) << path;
    EXPECT_EQ(s.server->counters().jobs_out, 0U);
  }
}

TEST_F(AwayCancelled, AProducersFrameStaysWhileItsFunctionRuns) {
  site s;
  s.routes.get<"/rows">([this] {
    return response::stream("text/plain", [this](body_writer& out) -> task<> {
      const witness w{ended};
      std::string row;
      for (int i = 0; i < 3; ++i) {
        co_await shoal::offload([&] { row = std::string(1, static_cast<char>('0' + i)); });
        co_await out.write(row);
      }
    });
  });
  open(s);
  auto& whole = s.send("GET /rows HTTP/1.0\r\n\r\n");
  run_all(s);
  EXPECT_TRUE(whole.received().ends_with("012"));
  EXPECT_EQ(ended, 1);
  auto& gone = s.send("GET /rows HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  gone.reset();
  settle(s);
  EXPECT_EQ(ended, 1);
  ASSERT_EQ(pool.queue.size(), 1U);
  pool.run_next();
  settle(s);
  EXPECT_EQ(ended, 2);
}

TEST_F(AwayCancelled, WhileItWaitsAtHomeItEndsAtOnce) {
  site s;
  open_parts(s);
  auto& client = s.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\n");
  settle(s);
  pool.run_next();
  settle(s);
  client.reset();
  settle(s);
  EXPECT_EQ(ended, 1);
  s.pass(10ms);
  EXPECT_TRUE(pool.queue.empty());
}

TEST_F(AwayCancelled, AHandlerWhoseTimeIsOverIsAnsweredForWhileItRuns) {
  site s;
  s.routes.get<"/job">([] { return "late"; }, {run::offload});
  s.routes.get<"/light">([] { return "light"; });
  open(s, {.handler_timeout = 100ms});
  auto& client =
      s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\nGET /light HTTP/1.1\r\nHost: x\r\n\r\n");
  s.pass(200ms);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable) + "|light");
  pool.run_next();
  settle(s);
  EXPECT_EQ(bodies_of(client.received()), problem_body(status::service_unavailable) + "|light");
}

TEST_F(AwayCancelled, AServerThatEndsWithFullQueuesLosesNoFrame) {
  {
    site s;
    fill_queue(s, "/whole");
    pool.queue.clear();  // its threads have ended
  }
  EXPECT_EQ(begun, 0);
  EXPECT_EQ(ended, 0);
}

TEST_F(AwayCancelled, AServerWhosePoolEndsGetsBackWhatFunctionsWaitForIt) {
  {
    site s;
    fill_queue(s, "/part");
    while (!pool.queue.empty()) pool.refuse_next(result::given_up);
    settle(s);
    EXPECT_EQ(ended, 6);
  }
  EXPECT_EQ(begun, 0);
}

// ---- routes that say nothing

TEST_F(Away, ARouteThatHoldsItsWorkerIsMovedAndComesBackWhenItIsLight) {
  site s;
  bool heavy = true;
  s.routes.get<"/job">([&] {
    if (heavy) compute(2ms);
    return place();
  });
  open(s);
  s.server->turn_was_long();
  const auto ask = [&] {
    auto& client = s.send("GET /job HTTP/1.1\r\nHost: x\r\n\r\n");
    run_all(s);
    return bodies_of(client.received());
  };
  EXPECT_EQ(ask(), "home");
  EXPECT_EQ(ask(), "away");
  heavy = false;
  pool.cost = 10us;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(), "away");
  s.pass(300ms);
  EXPECT_EQ(ask(), "away");
  EXPECT_EQ(ask(), "home");
}

TEST_F(Away, ARouteWhoseHandlerAsksForItsWorkersStateIsNotMoved) {
  site s;
  s.routes.state<database>();
  s.routes.get<"/rows">([](context& c) {
    compute(2ms);
    return std::to_string(c.state<database>().rows) + place();
  });
  open(s);
  s.server->turn_was_long();
  for (int i = 0; i < 3; ++i) {
    auto& client = s.send("GET /rows HTTP/1.1\r\nHost: x\r\n\r\n");
    s.pass(1ms);
    EXPECT_EQ(bodies_of(client.received()), "3home");
  }
}

TEST_F(Away, AMovedRouteThatAsksForItsWorkersStateGetsItAndStaysFromThenOn) {
  site s;
  bool asks = false;
  s.routes.state<database>();
  s.routes.get<"/rows">([&](context& c) {
    compute(2ms);
    return asks ? std::to_string(c.state<database>().rows) + place() : place();
  });
  open(s);
  s.server->turn_was_long();
  const auto ask = [&] {
    auto& client = s.send("GET /rows HTTP/1.1\r\nHost: x\r\n\r\n");
    run_all(s);
    s.pass(1ms);
    return bodies_of(client.received());
  };
  EXPECT_EQ(ask(), "home");
  EXPECT_EQ(ask(), "away");
  asks = true;
  EXPECT_EQ(ask(), "3away");
  EXPECT_EQ(ask(), "3home");
}

TEST_F(Away, ARouteThatSaysOffloadIsToldThatItsWorkersStateIsNotItsOwn) {
  site s;
  s.routes.state<database>();
  s.routes.get<"/rows">(
      [](context& c) -> std::string {
        try {
          return std::to_string(c.state<database>().rows);
        } catch (const std::logic_error& why) {
          return why.what();
        }
      },
      {run::offload});
  open(s);
  auto& client = s.send("GET /rows HTTP/1.1\r\nHost: x\r\n\r\n");
  run_all(s);
  EXPECT_NE(client.received().find("belongs to the worker"), std::string::npos);
}

TEST_F(Away, WithoutThreadsEverythingRunsInItsPlace) {
  site s;
  s.routes.get<"/whole">([] { return place(); }, {run::offload});
  s.routes.get<"/part">([](context&) -> task<std::string> {
    co_await shoal::yield();
    co_await shoal::yield_if_needed();
    co_return co_await shoal::offload([] { return place(); });
  });
  s.open();
  auto& client =
      s.send("GET /whole HTTP/1.1\r\nHost: x\r\n\r\nGET /part HTTP/1.1\r\nHost: x\r\n\r\n");
  s.pass(5ms);
  EXPECT_EQ(bodies_of(client.received()), "home|home");
}

}  // namespace
}  // namespace shoal::http
