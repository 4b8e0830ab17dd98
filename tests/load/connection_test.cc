// What connections do with servers that answer well, badly, or not at all.
#include "load/connection.h"

#include "scene.h"

namespace shoal::load {
namespace {

TEST(Connection, ClosedLoopAsksAgainWhenItIsAnswered) {
  scene s;
  s.answer = [&](peer& p, const std::string&) { s.w.after(1ms, [&p] { p.send(good); }); };
  const report seen = s.run();
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_NEAR(static_cast<double>(seen.total.answers), 4 * 1000, 40);
  EXPECT_EQ(seen.total.opened, 4U);
  EXPECT_EQ(seen.total.bytes, seen.total.answers * good.size());
}

TEST(Connection, KeepsThePipelineFull) {
  scene s;
  s.asked.pipeline = 5;
  std::size_t most = 0;
  std::deque<peer*> held;
  s.asked.connections = 1;
  s.answer = [&](peer& p, const std::string&) {
    held.push_back(&p);
    most = std::max(most, held.size());
    if (held.size() == 5) {
      s.w.after(1ms, [&] {
        for (; !held.empty(); held.pop_front()) held.front()->send(good);
      });
    }
  };
  const report seen = s.run();
  EXPECT_EQ(most, 5U);
  EXPECT_NEAR(static_cast<double>(seen.total.answers), 5000, 50);
  EXPECT_EQ(seen.total.errors(), 0U);
}

TEST(Connection, OpensAnewAfterSoManyRequests) {
  scene s;
  s.asked.requests_each = 10;
  s.asked.pipeline = 3;
  s.asked.count = 400;
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 400U);
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_GE(seen.total.opened, 40U);
  EXPECT_EQ(seen.total.ended, 0U);
}

TEST(Connection, ServesOneRequestIfItIsNotKept) {
  scene s;
  s.asked.keep_alive = false;
  s.asked.count = 40;
  s.answer = [](peer& p, const std::string& request) {
    EXPECT_NE(request.find("Connection: close"), request.npos);
    p.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    p.close();
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 40U);
  EXPECT_EQ(seen.total.errors(), 0U);
  EXPECT_EQ(s.requests, 40U);
}

TEST(Connection, TakesAnswersThatEndWithIt) {
  scene s;
  s.asked.count = 20;
  s.asked.kinds[0].expected.body = "to the end";
  s.answer = [](peer& p, const std::string&) {
    p.send("HTTP/1.1 200 OK\r\n\r\nto the end");
    p.close();
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 20U);
  EXPECT_EQ(seen.total.errors(), 0U);
}

struct wrong_answer {
  const char* text;
  std::uint64_t tally::* counted_as;
};

TEST(Connection, CountsWrongAnswersForWhatTheyAre) {
  for (const auto& [text, counted_as] :
       {wrong_answer{"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", &tally::bad_status},
        wrong_answer{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", &tally::bad_length},
        wrong_answer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhallo", &tally::bad_body},
        wrong_answer{
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nhelloX\r\n0\r\n\r\n",
            &tally::bad_length},
        wrong_answer{
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n",
            &tally::bad_framing},
        wrong_answer{"nonsense\r\n\r\n", &tally::bad_framing},
        wrong_answer{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellounasked",
                     &tally::bad_framing}}) {
    scene s;
    s.asked.kinds[0].expected.body = "hello";
    std::uint64_t n = 0;
    s.answer = [&, &bytes = text](peer& p, const std::string&) {
      s.w.after(1ms,
                [&p, said = std::string(++n % 10 == 5 ? bytes : good.c_str())] { p.send(said); });
    };
    const report seen = s.run();
    EXPECT_GT(seen.total.answers, 1000U) << text;
    EXPECT_GT(seen.total.*counted_as, 100U) << text;
    const std::uint64_t others = seen.total.errors() - seen.total.*counted_as - seen.total.lost;
    EXPECT_EQ(others, 0U) << text;
  }
}

TEST(Connection, GoesOnAfterAnAnswerThatIsOnlyWrong) {
  scene s;
  s.answer = [&](peer& p, const std::string&) {
    s.w.after(1ms, [&p] { p.send("HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"); });
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.opened, 4U) << "nothing is wrong with the connection";
  EXPECT_EQ(seen.total.answers, 0U);
  EXPECT_EQ(seen.latency().count(), 0U);
}

TEST(Connection, WantsTheSameBodyAsTheFirst) {
  scene s;
  s.asked.kinds[0].expected.same = true;
  s.asked.count = 100;
  s.answer = [&](peer& p, const std::string&) {
    p.send(s.requests == 50 ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellO" : good);
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 99U);
  EXPECT_EQ(seen.total.bad_body, 1U);
}

TEST(Connection, OutlivesAServerThatDies) {
  scene s;
  s.asked.duration = 2s;
  bool alive = true;
  std::vector<peer*> clients;
  s.answer = [&](peer& p, const std::string&) {
    clients.push_back(&p);
    s.w.after(1ms, [&, to = &p] {
      if (alive && !to->was_reset()) to->send(good);
    });
  };
  s.w.after(500ms, [&] {
    alive = false;
    for (peer* each : clients) {
      if (!each->closed()) each->reset();
    }
  });
  s.w.after(1s, [&] { alive = true; });
  s.asked.timeout = 100ms;
  const report seen = s.run();
  EXPECT_EQ(seen.total.broken, 4U);
  EXPECT_EQ(seen.total.lost, 4U);
  EXPECT_GT(seen.total.timeouts, 4U) << "asked while it is dead";
  EXPECT_GT(seen.total.answers, 4 * 1000U) << "before and afterwards";
}

TEST(Connection, IsBrokenOnlyWhereSomethingIsOut) {
  scene s;
  s.asked.rate = 100;
  s.asked.connections = 1;
  // Each is answered, and ended while nobody waits for anything: in order, and by a reset.
  s.answer = [&](peer& p, const std::string&) {
    p.send(good);
    s.w.after(1ms, [&p, in_order = s.requests % 2 == 0] { in_order ? p.close() : p.reset(); });
  };
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 99U);
  EXPECT_EQ(seen.total.ended, 99U);
  EXPECT_EQ(seen.total.broken, 0U);
  EXPECT_EQ(seen.total.errors(), 0U);
}

TEST(Connection, IsBrokenByAResetWithARequestOut) {
  scene s;
  s.asked.rate = 100;
  s.asked.connections = 1;
  s.answer = [&](peer& p, const std::string&) { s.w.after(1ms, [&p] { p.reset(); }); };
  const report seen = s.run();
  EXPECT_EQ(seen.total.ended, 0U);
  EXPECT_EQ(seen.total.broken, 99U);
  EXPECT_EQ(seen.total.lost, 99U);
}

TEST(Connection, IsRefusedAndTriesAgain) {
  scene s;
  s.asked.to.address.bytes = s.w.refusing_address();
  const report seen = s.run();
  EXPECT_EQ(seen.total.answers, 0U);
  EXPECT_NEAR(static_cast<double>(seen.total.refused), 4 * 1000 / 5.0, 10) << "every 5 ms";
}

TEST(Connection, DoesNotWaitForEverToBeOpened) {
  scene s;
  s.asked.to.address.bytes = s.w.silent_address();
  s.asked.timeout = 100ms;
  const report seen = s.run();
  EXPECT_GE(seen.total.unopened, 4 * 5U);
}

TEST(Connection, GivesUpWhatIsNotAnswered) {
  scene s;
  s.asked.rate = 100;
  s.asked.timeout = 200ms;
  s.answer = [](peer&, const std::string&) {};
  const report seen = s.run();
  EXPECT_EQ(seen.planned, 99U);
  EXPECT_EQ(seen.total.timeouts, 99U);
  EXPECT_EQ(seen.total.answers, 0U);
  EXPECT_EQ(seen.latency().count(), 99U) << "they count with their age";
  EXPECT_GE(seen.latency().least(), std::uint64_t{200'000'000});
}

TEST(Connection, AllocatesNothingForARequest) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "this sanitizer counts no allocations";
  scene s;
  s.asked.pipeline = 4;
  s.asked.kinds = {kind("/a", 3), kind("/b", 1)};
  s.answer = [](peer& p, const std::string& request) {
    p.send(request.starts_with("GET /a") ? good : "HTTP/1.1 204 No\r\n\r\n");
  };
  s.begin();
  s.made->run_until(s.w.now() + 1ms);
  const std::uint64_t requests = s.requests;
  const std::uint64_t before = test::allocations();
  s.made->run_until(s.w.now() + 10ms);
  EXPECT_EQ(test::allocations() - before, 0U);
  EXPECT_GT(s.requests, requests + 1000);
}

}  // namespace
}  // namespace shoal::load
