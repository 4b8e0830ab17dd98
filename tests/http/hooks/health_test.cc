#include "shoal/http/health.h"

#include <gtest/gtest.h>

#include "http/hooks/asking.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

TEST(Health, SaysThatTheWorkerAnswers) {
  asked_site s;
  health(s.routes());
  for (const std::string_view path : {"/livez", "/readyz"}) {
    const auto answer = s.get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.rest, "ok\n");
    EXPECT_TRUE(answer.has("Cache-Control: no-store"));
    EXPECT_EQ(s.ask("HEAD", path).status, 200);
  }
}

TEST(Health, IsAsReadyAsTheProgramSays) {
  asked_site s;
  bool ready = false;
  health<"/healthz", "/ready">(s.routes(), [&](context&) { return ready; });
  EXPECT_EQ(s.get("/ready").status, 503);
  EXPECT_EQ(s.get("/healthz").status, 200);
  ready = true;
  EXPECT_EQ(s.get("/ready").status, 200);
  EXPECT_EQ(s.get("/livez").status, 404);
}

TEST(Health, IsNotReadyAnyMoreFromWhenAStopIsAnnouncedWhileAllElseGoesOn) {
  site s;
  health(s.routes);
  s.open();
  s.server->announce_stop();
  for (const auto& [path, status] : {std::pair("/readyz", 503), {"/livez", 200}}) {
    auto& prober = s.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    s.pass(5ms);
    const auto answer = parsed_answer(prober.received());
    EXPECT_EQ(answer.status, status);
    EXPECT_FALSE(answer.has("Connection: close"));
    EXPECT_FALSE(prober.ended());
  }
}

/// A connection that is open when the drain begins is served what it asks before it closes.
TEST(Health, IsLiveButNotReadyWhileDraining) {
  site s;
  health(s.routes);
  s.open();
  auto& prober = s.connect();
  auto& prober_too = s.connect();
  s.pass(1ms);
  prober.send("GET /readyz HTTP/1.1\r\n");  // a request that has begun
  prober_too.send("GET /livez HTTP/1.1\r\n");
  s.pass(1ms);
  s.server->drain();
  prober.send("Host: h\r\n\r\n");
  prober_too.send("Host: h\r\n\r\n");
  s.pass(5ms);
  EXPECT_EQ(parsed_answer(prober.received()).status, 503);
  EXPECT_EQ(parsed_answer(prober_too.received()).status, 200);
}

}  // namespace
}  // namespace shoal::http
