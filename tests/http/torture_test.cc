// Whatever can fail fails once: for each scenario every operation that the server starts and every
// allocation that it makes, one at a time. The server survives each, loses and reorders no answer
// (it may close, or say 500 or 503 instead), leaks nothing, and serves the next client.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/log.h"
#include "coro/frame_pool.h"
#include "http/chunked.h"
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

response stream(std::size_t bytes) {
  return response::stream("text/plain", [bytes](body_writer& out) -> task<> {
    alive here;
    const std::string piece(1000, 's');
    for (std::size_t at = 0; at < bytes; at += piece.size()) {
      co_await out.write(piece);
      if (at % 5000 == 0) co_await sleep(1ms);
    }
  });
}

class doubled final : public body_filter {
 public:
  void transform(std::string_view in, bool, std::string& out) override {
    out.append(in).append(in);
  }
};

response doubled_stream(std::size_t bytes) {
  auto r = stream(bytes);
  r.filter(std::make_unique<doubled>());
  return r;
}

response file_of(std::size_t bytes) {
  const int file = ::memfd_create("torture", MFD_CLOEXEC);
  SHOAL_CHECK(file >= 0 && ::ftruncate(file, static_cast<off_t>(bytes)) == 0);
  return response::file("text/plain", {std::make_shared<const open_file>(file), 0, bytes});
}

void add_group(routes& r) {
  auto group = r.group<"/group">();
  group.before([](context& c) -> std::optional<response> {
    c.set(std::string("a value that is too long to lie inside a string"));
    return std::nullopt;
  });
  group.after([](context& c, response& made) {
    if (const auto* kept = c.get<std::string>()) made.header("X-Kept", *kept);
  });
  group.get<"/plain">([] { return "plain"; });
  auto onion = group.group<"/onion">();
  onion.use([](context&, next inner) -> task<response> {
    alive here;
    auto made = co_await inner();
    co_await sleep(1ms);
    co_return made;
  });
  onion.get<"/plain">([] { return "plain"; });
  onion.get<"/nap/{ms}">(nap);
  onion.get<"/stream/{bytes}">(stream);
}

void add_routes(routes& r) {
  add_group(r);
  r.get<"/stream/{bytes}">(stream);
  r.get<"/doubled/{bytes}">(doubled_stream);
  r.get<"/file/{bytes}">(file_of);
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

enum class ending { stays, waits, half_closes, resets, drains };

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
      {"an idle connection until its time is over", hello, "200", ending::waits},
      {"a large answer whose client resets", get("/large") + get("/nap/500"), "200",
       ending::resets},
      {"half a body whose client resets",
       "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf", "", ending::resets},
      {"a short stream", get("/stream/1000") + hello, "200 200"},
      {"a long stream", get("/stream/90000"), "200"},
      {"an empty stream", get("/stream/0") + hello, "200 200"},
      {"a stream through a filter", get("/doubled/20000") + hello, "200 200"},
      {"a stream whose client resets", get("/stream/900000"), "200", ending::resets},
      {"a file", get("/file/100") + hello, "200 200"},
      {"a large file", get("/file/300000") + hello, "200 200"},
      {"hooks", get("/group/plain") + hello, "200 200"},
      {"an onion", get("/group/onion/plain") + get("/group/onion/nap/1"), "200 200"},
      {"a stream in an onion", get("/group/onion/stream/3000") + hello, "200 200"},
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

/// The bytes of each answer, in order. The last may be cut.
std::vector<std::string> answers_in(std::string_view rest, bool head) {
  std::vector<std::string> found;
  while (!rest.empty()) {
    const auto end = std::min(rest.find("\r\n\r\n"), rest.size());
    const auto length = rest.substr(0, end).find("Content-Length: ");
    std::size_t size = std::min(end + 4, rest.size());
    if (length != std::string_view::npos && !head) {
      size += std::strtoul(std::string(rest.substr(length + 16, 20)).c_str(), nullptr, 10);
    } else if (rest.substr(0, end).find("Transfer-Encoding: chunked") != std::string_view::npos) {
      chunked_decoder decoder;
      auto step = decoder.next(rest.substr(size));
      for (; step.what == chunked_decoder::status::data; step = decoder.next(rest.substr(size))) {
        size += step.consumed;
      }
      size += step.consumed;
    }
    found.emplace_back(rest.substr(0, size));
    rest.remove_prefix(std::min(rest.size(), size));
  }
  return found;
}

/// "200 404": the statuses of the final answers.
std::string statuses_of(const std::vector<std::string>& answers) {
  std::string joined;
  for (const auto& a : answers) {
    if (a.starts_with("HTTP/1.1 100 ")) continue;
    joined += (joined.empty() ? "" : " ") + a.substr(std::min<std::size_t>(a.size(), 9), 3);
  }
  return joined;
}

bool says_no_memory(std::string_view answer) {
  return answer.starts_with("HTTP/1.1 500 ") || answer.starts_with("HTTP/1.1 503 ");
}

/// Byte for byte what came when nothing failed, cut short somewhere; or says in the place of one
/// answer that there was no memory.
bool acceptable(const std::vector<std::string>& came, const std::vector<std::string>& expected) {
  int excuses = 0;
  for (std::size_t i = 0; i < came.size(); ++i) {
    const bool last = i + 1 == came.size();
    const bool same =
        i < expected.size() && (last ? expected[i].starts_with(came[i]) : expected[i] == came[i]);
    if (same) continue;
    if (!says_no_memory(came[i]) || ++excuses > 1) return false;
  }
  return true;
}

struct fault {
  std::uint64_t start = 0;  ///< the nth fails; 0: none
  int error = 0;
  std::uint64_t allocation = 0;  ///< the nth fails; 0: none
};

struct outcome_of_run {
  std::uint64_t starts = 0;
  std::uint64_t allocations = 0;
  std::vector<std::vector<std::string>> answers;  ///< of each client
};

void act(site& s, const scenario& plan, const std::vector<io::sim::peer*>& clients) {
  for (auto* client : clients) {
    if (plan.end == ending::half_closes) client->shutdown_send();
  }
  s.pass(10ms);
  if (plan.end == ending::drains) s.server->drain();
  if (plan.end == ending::resets) clients.front()->reset();
  s.pass(plan.end == ending::waits ? 100s : 30s);
}

/// Nothing is left of the scenario, and the next client is served.
void expect_rest(site& s, const scenario& plan, const std::vector<io::sim::peer*>& clients) {
  if (plan.end != ending::drains) {
    auto& next = s.send(get("/hello"));
    s.pass(1s);
    EXPECT_EQ(bodies_of(next.received()), "hello") << "the next client";
    next.close();
  }
  for (auto* client : clients) {
    if (!client->closed()) client->close();
  }
  EXPECT_TRUE(s.run());
  EXPECT_EQ(s.server->counters().connections_open, 0u);
  EXPECT_EQ(s.server->counters().unserved, 0u);
  EXPECT_EQ(s.server->counters().requests_in_flight, 0u);
  EXPECT_EQ(s.world.open_sockets(), 1u);
  EXPECT_EQ(frames_alive, 0);
}

/// The server begins with nothing in its pools, the thread's frames too: what an earlier run left
/// there would spare this one its allocations.
outcome_of_run run(const scenario& plan, const fault& f) {
  release_kept_frames();
  site s;
  only_turns armed;
  add_routes(s.routes);
  s.loop.observe(&armed);
  if (f.start > 0) s.world.fail_start(f.start, f.error);  // the first accept is one of them
  std::optional<test::failing_allocation> failing;
  if (f.allocation > 0) failing.emplace(f.allocation);
  const auto allocations_before = test::allocations();
  s.open({.body_bytes = 64 * 1024});

  std::vector<io::sim::peer*> clients;
  for (unsigned i = 0; i < plan.clients; ++i) clients.push_back(&s.send(plan.request));
  act(s, plan, clients);
  outcome_of_run seen{
      s.loop.io().counters().submissions, test::allocations() - allocations_before, {}};
  failing.reset();
  for (auto* client : clients) {
    seen.answers.push_back(answers_in(client->received(), plan.request.starts_with("HEAD")));
  }
  expect_rest(s, plan, clients);
  return seen;
}

outcome_of_run run_clean(const scenario& plan) {
  auto seen = run(plan, {});
  for (const auto& answers : seen.answers) EXPECT_EQ(statuses_of(answers), plan.statuses);
  return seen;
}

void run_with(const scenario& plan, const fault& f, const outcome_of_run& clean) {
  const auto seen = run(plan, f);
  int harmed = 0;
  for (std::size_t i = 0; i < seen.answers.size(); ++i) {
    if (seen.answers[i] == clean.answers[i]) continue;
    ++harmed;
    EXPECT_TRUE(acceptable(seen.answers[i], clean.answers[i]))
        << "client " << i << ": " << statuses_of(seen.answers[i]) << " instead of "
        << statuses_of(clean.answers[i]);
  }
  EXPECT_LE(harmed, 1) << "clients; one failure is one client's";
}

/// 500s are meant here, and each logs a line.
class Torture : public testing::Test {
 protected:
  void SetUp() override { set_log_level(log_level::off); }
  void TearDown() override { set_log_level(before_); }

 private:
  const log_level before_ = get_log_level();
};

TEST_F(Torture, EveryStartOfEveryScenarioFailsOnce) {
  ASSERT_GE(scenarios().size(), 50u);
  for (const auto& plan : scenarios()) {
    SCOPED_TRACE(plan.name);
    const auto clean = run_clean(plan);
    for (const int error : {ENOMEM, EMFILE, ECANCELED, ECONNRESET}) {
      for (std::uint64_t n = 1; n <= clean.starts && !HasFailure(); ++n) {
        SCOPED_TRACE("start " + std::to_string(n) + " with error " + std::to_string(error));
        run_with(plan, {.start = n, .error = error}, clean);
      }
    }
  }
}

TEST_F(Torture, EveryAllocationOfEveryScenarioFailsOnce) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "this sanitizer counts no allocations";
  std::uint64_t total = 0;
  for (const auto& plan : scenarios()) {
    SCOPED_TRACE(plan.name);
    const auto clean = run_clean(plan);
    total += clean.allocations;
    for (std::uint64_t n = 1; n <= clean.allocations && !HasFailure(); ++n) {
      SCOPED_TRACE("allocation " + std::to_string(n));
      run_with(plan, {.allocation = n}, clean);
    }
  }
  EXPECT_GT(total, 100u) << "else nothing is counted";
}

}  // namespace
}  // namespace shoal::http
