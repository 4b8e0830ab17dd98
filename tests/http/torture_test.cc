// Whatever can fail fails once: for each scenario every operation that the server starts and every
// allocation that it makes, one at a time. The server survives each, loses and reorders no answer
// (it may close, or say 500 or 503 instead), leaks nothing, and serves the next client.
#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "http/site.h"
#include "shoal/http/error.h"
#include "shoal/io/sleep.h"
#include "support/allocations.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

int frames_alive = 0;
struct alive {
  alive() { ++frames_alive; }
  alive(const alive&) = delete;
  alive& operator=(const alive&) = delete;
  ~alive() { --frames_alive; }
};

task<response> echo(context& c) {
  alive here;
  auto in = c.body();
  auto body = co_await in.all();
  co_return response::bytes(std::move(body));
}

task<std::string> count(context& c) {
  alive here;
  auto in = c.body();
  std::size_t bytes = 0;
  for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) {
    bytes += piece.size();
    co_await sleep(1ms);
  }
  co_return std::to_string(bytes);
}

task<std::string> nap(std::uint64_t ms) {
  alive here;
  co_await sleep(std::chrono::milliseconds(ms));
  co_return "a text that is too long to lie inside a string: " + std::to_string(ms);
}

void add_routes(routes& r) {
  r.get<"/hello">([] { return "hello"; });
  r.get<"/names/{name}">([](std::string_view name) { return std::string(name); });
  r.get<"/large">([] { return response::bytes(std::string(150'000, 'x')); });
  r.get<"/text/{bytes}">([](std::size_t bytes) { return std::string(bytes, 't'); });
  r.get<"/fields">([] { return response::json("{}").header("X-One", "1").header("X-Two", "2"); });
  r.get<"/none">([] { return status::no_content; });
  r.get<"/throws">([]() -> std::string { throw http_error(status::conflict, "taken"); });
  r.get<"/nap/{ms}">(nap);
  r.get<"/throws-later">([]() -> task<std::string> {
    alive here;
    co_await sleep(1ms);
    throw http_error(status::gone, "too late");
  });
  r.post<"/echo">(echo);
  r.post<"/count">(count);
  r.post<"/ignores">([] { return "ignored"; });
}

enum class ending { stays, half_closes, resets, drains };

struct scenario {
  const char* name;
  std::string request;
  std::string statuses;  ///< of the answers, in order, when nothing fails
  ending end = ending::stays;
  unsigned clients = 1;
};

std::string get(const std::string& path, const std::string& fields = {}) {
  return "GET " + path + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string post(const std::string& path, std::size_t bytes, const std::string& fields = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(bytes) +
         "\r\n" + fields + "\r\n" + std::string(bytes, 'b');
}
std::string chunked(const std::string& path, int chunks) {
  std::string text = "POST " + path + " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < chunks; ++i) text += "100\r\n" + std::string(256, 'c') + "\r\n";
  return text + "0\r\n\r\n";
}
std::string times(int n, const std::string& text) {
  std::string all;
  while (n-- > 0) all += text;
  return all;
}

std::vector<scenario> scenarios() {
  const auto hello = get("/hello");
  return {
      {"one GET", hello, "200"},
      {"two GETs", times(2, hello), "200 200"},
      {"sixteen pipelined", times(16, hello),
       "200 200 200 200 200 200 200 200 200 200 200 200 200 "
       "200 200 200"},
      {"pipelined answers beyond one block", times(3, get("/text/3000")), "200 200 200"},
      {"an answer beyond one block", get("/text/20000"), "200"},
      {"a large answer", get("/large"), "200"},
      {"a large answer between small ones", hello + get("/large") + hello, "200 200 200"},
      {"two large answers", times(2, get("/large")), "200 200"},
      {"a large text", get("/text/200000"), "200"},
      {"fields", get("/fields"), "200"},
      {"no content", get("/none") + hello, "204 200"},
      {"HEAD of a large answer", "HEAD /large HTTP/1.1\r\nHost: h\r\n\r\n", "200"},
      {"a parameter", get("/names/ada"), "200"},
      {"an escaped parameter", get("/names/a%20name%20that%20is%20long%20enough%20to%20allocate"),
       "200"},
      {"a parameter with NUL", get("/names/a%00"), "404"},
      {"an unknown path", get("/nowhere") + hello, "404 200"},
      {"a wrong method", "PUT /hello HTTP/1.1\r\nHost: h\r\n\r\n" + hello, "405 200"},
      {"OPTIONS", "OPTIONS /echo HTTP/1.1\r\nHost: h\r\n\r\n" + hello, "204 200"},
      {"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "204"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"a method that nobody knows", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", "501"},
      {"another version", "GET / HTTP/3.0\r\nHost: h\r\n\r\n", "505"},
      {"a long target", get("/" + std::string(9000, 'a')), "414"},
      {"a long head", get("/", "X: " + std::string(17'000, 'a') + "\r\n"), "431"},
      {"a refused request behind a good one", hello + "GET /\r\n\r\n", "200 400"},
      {"an old client", "GET /hello HTTP/1.0\r\n\r\n", "200"},
      {"an old client that stays",
       times(2, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), "200 200"},
      {"close", get("/hello", "Connection: close\r\n"), "200"},
      {"close, and more behind it", get("/hello", "Connection: close\r\n") + hello, "200"},
      {"half a request", "GET /hel", "408"},
      {"half a request, then FIN", "GET /hel", "", ending::half_closes},
      {"half a body", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf", "408"},
      {"half a body, then FIN", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf",
       "", ending::half_closes},
      {"a handler that throws", get("/throws") + hello, "409 200"},
      {"a coroutine that throws", get("/throws-later") + hello, "410 200"},
      {"a coroutine", get("/nap/0"), "200"},
      {"a coroutine that sleeps", get("/nap/20") + hello, "200 200"},
      {"coroutines in a row", times(3, get("/nap/5")), "200 200 200"},
      {"a coroutine, then FIN", get("/nap/20"), "200", ending::half_closes},
      {"a coroutine whose client resets", get("/nap/500"), "", ending::resets},
      {"a coroutine and a drain", get("/nap/500"), "200", ending::drains},
      {"a body", post("/echo", 100), "200"},
      {"an empty body", post("/echo", 0), "200"},
      {"a body of many leases", post("/echo", 40'000) + hello, "200 200"},
      {"a chunked body", chunked("/echo", 4) + hello, "200 200"},
      {"a long chunked body", chunked("/echo", 100), "200"},
      {"a broken chunk",
       "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n",
       "400"},
      {"a body in pieces", post("/count", 20'000) + hello, "200 200"},
      {"a chunked body in pieces", chunked("/count", 40), "200"},
      {"a body that nobody reads", post("/ignores", 100) + hello, "200 200"},
      {"a chunked body that nobody reads", chunked("/ignores", 10) + hello, "200 200"},
      {"a large body that nobody reads", post("/ignores", 200'000), "200"},
      {"a body for an unknown path", post("/nowhere", 100) + hello, "404 200"},
      {"a body beyond the limit", post("/echo", 70'000), "413"},
      {"a chunked body beyond the limit", chunked("/echo", 300), "413"},
      {"a body that is announced", post("/echo", 10, "Expect: 100-continue\r\n"), "200"},
      {"an idle connection and a drain", hello, "200", ending::drains},
      {"a fresh connection and a drain", "", "", ending::drains},
      {"four clients", times(3, hello), "200 200 200", ending::stays, 4},
      {"four coroutines", get("/nap/10") + hello, "200 200", ending::stays, 4},
      {"four bodies", post("/echo", 9000), "200", ending::stays, 4},
  };
}

/// Lets only what the server does in its turns be counted, and fail.
class only_turns final : public io::turn_observer {
 public:
  only_turns() { test::exempt_allocations(true); }
  ~only_turns() { test::exempt_allocations(false); }
  only_turns(const only_turns&) = delete;
  only_turns& operator=(const only_turns&) = delete;

  void turn_began(monotonic_time) noexcept override { test::exempt_allocations(false); }
  void turn_ended() noexcept override { test::exempt_allocations(true); }
};

/// "200 404": the statuses of whole answers, in order; "?" for what is none. The last may be cut.
std::string statuses_in(std::string_view rest, bool head) {
  std::string found;
  while (!rest.empty()) {
    if (rest.starts_with("HTTP/1.1 100 Continue\r\n\r\n")) {
      rest.remove_prefix(25);
      continue;
    }
    const auto end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) return found;
    if (!found.empty()) found += ' ';
    found += rest.starts_with("HTTP/1.1 ") ? rest.substr(9, 3) : "?";
    const auto length = rest.substr(0, end).find("Content-Length: ");
    std::size_t body = 0;
    if (length != std::string_view::npos && !head) {
      body = std::strtoul(std::string(rest.substr(length + 16, 20)).c_str(), nullptr, 10);
    }
    if (rest.size() < end + 4 + body) return found;
    rest.remove_prefix(end + 4 + body);
  }
  return found;
}

/// What came is what was expected, cut short somewhere; or says once that there was no memory.
bool acceptable(const std::string& came, const std::string& expected) {
  if (expected.starts_with(came)) return true;
  for (std::size_t i = 0; i + 3 <= came.size(); i += 4) {
    const auto status = came.substr(i, 3);
    if (i < expected.size() && status == expected.substr(i, 3)) continue;
    if (status != "500" && status != "503") return false;
  }
  return came.size() <= std::max<std::size_t>(expected.size(), 3);
}

struct costs {
  std::uint64_t starts = 0;
  std::uint64_t allocations = 0;
};

/// Runs it with the nth start or the nth allocation failing; 0: none. Checks all that must hold.
costs run(const scenario& plan, std::uint64_t failing_start, std::uint64_t failing_allocation) {
  site s;
  only_turns armed;
  add_routes(s.routes);
  s.loop.observe(&armed);
  s.open({.body_bytes = 64 * 1024});
  const auto starts_before = s.loop.io().counters().submissions;
  const auto allocations_before = test::allocations();
  if (failing_start > 0) s.world.fail_start(failing_start, ENOMEM);
  std::optional<test::failing_allocation> failing;
  if (failing_allocation > 0) failing.emplace(failing_allocation);

  std::vector<io::sim::peer*> clients;
  for (unsigned i = 0; i < plan.clients; ++i) clients.push_back(&s.send(plan.request));
  for (auto* client : clients) {
    if (plan.end == ending::half_closes) client->shutdown_send();
  }
  s.pass(10ms);
  if (plan.end == ending::drains) s.server->drain();
  if (plan.end == ending::resets) clients.front()->reset();
  s.pass(30s);
  const costs seen{s.loop.io().counters().submissions - starts_before,
                   test::allocations() - allocations_before};
  failing.reset();

  const bool clean = failing_start == 0 && failing_allocation == 0;
  const bool head = plan.request.starts_with("HEAD");
  for (auto* client : clients) {
    const auto came = statuses_in(client->received(), head);
    if (clean) {
      EXPECT_EQ(came, plan.statuses);
    } else {
      EXPECT_TRUE(acceptable(came, plan.statuses)) << came << " instead of " << plan.statuses;
    }
  }
  if (plan.end != ending::drains) {
    auto& next = s.send(get("/hello"));
    s.pass(1s);
    EXPECT_EQ(bodies_of(next.received()), "hello") << "the next client";
    next.close();
  }
  for (auto* client : clients) client->close();
  EXPECT_TRUE(s.run());
  EXPECT_EQ(s.server->counters().connections_open, 0u);
  EXPECT_EQ(s.server->counters().requests_in_flight, 0u);
  EXPECT_EQ(s.world.open_sockets(), 1u);
  EXPECT_EQ(frames_alive, 0);
  return seen;
}

TEST(Torture, EveryStartOfEveryScenarioFailsOnce) {
  ASSERT_GE(scenarios().size(), 50u);
  for (const auto& plan : scenarios()) {
    SCOPED_TRACE(plan.name);
    const auto all = run(plan, 0, 0);
    for (std::uint64_t n = 1; n <= all.starts && !testing::Test::HasFailure(); ++n) {
      SCOPED_TRACE("start " + std::to_string(n));
      run(plan, n, 0);
    }
  }
}

TEST(Torture, EveryAllocationOfEveryScenarioFailsOnce) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "this sanitizer counts no allocations";
  std::uint64_t total = 0;
  for (const auto& plan : scenarios()) {
    SCOPED_TRACE(plan.name);
    const auto all = run(plan, 0, 0);
    total += all.allocations;
    for (std::uint64_t n = 1; n <= all.allocations && !testing::Test::HasFailure(); ++n) {
      SCOPED_TRACE("allocation " + std::to_string(n));
      run(plan, 0, n);
    }
  }
  EXPECT_GT(total, 100u) << "else nothing is counted";
}

}  // namespace
}  // namespace shoal::http
