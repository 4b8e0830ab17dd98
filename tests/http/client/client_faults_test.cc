// The client on bad networks and without memory. Every run is a seed.
//
//   SHOAL_SEED=7      the first one; drawn else
//   SHOAL_SEEDS=1e6   that many, for a night; 300 else
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/random.h"
#include "coro/frame_pool.h"
#include "http/chunked.h"
#include "io/sim/faults.h"
#include "scene.h"
#include "shoal/io/sleep.h"
#include "support/allocations.h"

namespace shoal::http {
namespace {

std::uint64_t first_seed() {
  const char* given = std::getenv("SHOAL_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 0) : draw_seed();
}

std::uint64_t seeds() {
  const char* given = std::getenv("SHOAL_SEEDS");
  return given != nullptr ? static_cast<std::uint64_t>(std::strtod(given, nullptr)) : 300;
}

/// A server that answers "<method> <target>", in one of the framings, or fails in one of the ways
/// in which servers fail.
class wild_server {
 public:
  wild_server(io::sim::world& w, std::uint64_t seed) : world_(w), random_(seed) {
    const int host = w.serve([this](peer& p) { p.on_received = [this](peer& q) { hear(q); }; });
    const tcp::address a(io::socket_address{w.address_of(host), sizeof(sockaddr_in)});
    url = "http://" + a.text();
  }

  string url;
  std::map<string, int> heard;  ///< how often each request has come as a whole

 private:
  /// Of the first request in `text`, or 0 if it is not whole.
  static std::size_t size_of(const string& text) {
    const auto end = text.find("\r\n\r\n");
    if (end == string::npos) return 0;
    const auto length = text.substr(0, end).find("Content-Length: ");
    std::size_t size = end + 4;
    if (length != string::npos) size += std::strtoul(text.c_str() + length + 16, nullptr, 10);
    if (text.substr(0, end).find("chunked") != string::npos) {
      const auto last = text.find("\r\n0\r\n\r\n", end);
      size = last == string::npos ? text.size() + 1 : last + 7;
    }
    return text.size() < size ? 0 : size;
  }

  void hear(peer& p) {
    std::size_t size = 0;
    while (!left_.contains(&p) && (size = size_of(p.received())) > 0) {
      const auto request = p.take(size);
      const auto what = request.substr(0, request.find(" HTTP"));
      ++heard[what];
      answer(p, what);
    }
  }

  void answer(peer& p, const string& what) {
    const string length = "Content-Length: " + std::to_string(what.size()) + "\r\n";
    switch (random_.below(10)) {
      case 0:
        return leave(p);
      case 1:
        left_.insert(&p);
        return p.reset();
      case 2:
        p.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + what);
        return leave(p);
      case 3:
        p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n" + what.substr(0, 1));
        return leave(p);
      case 4:
        p.send("HTTP/1.1 200 OK\r\n\r\n" + what);
        return leave(p);
      case 5:  // closes what it has just said it would keep
        p.send("HTTP/1.1 200 OK\r\n" + length + "\r\n" + what);
        return leave(p);
      case 6:
        return later(p, "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n" + length + "\r\n" + what);
      case 7:
        return later(p, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\n" +
                            what.substr(0, 1) + "\r\n" +
                            string(chunk_head(what.size() - 1).text()) + what.substr(1) +
                            "\r\n0\r\nT: v\r\n\r\n");
      default:
        return p.send("HTTP/1.1 200 OK\r\n" + length + "\r\n" + what);
    }
  }

  void leave(peer& p) {
    left_.insert(&p);
    p.close();
  }

  void later(peer& p, const string& text) {
    const auto cut = random_.below(text.size());
    p.send(text.substr(0, cut));
    world_.after(nanoseconds(random_.below(300'000'000)),
                 [&p, rest = text.substr(cut)] { p.send(rest); });
  }

  io::sim::world& world_;
  random_source random_;
  std::set<peer*> left_;
};

/// What went wrong, for a message.
task<string> problem_of(const client& api, method verb, string target, request_body body) {
  const string expected = string(to_string(verb)) + ' ' + target;
  try {
    auto r = co_await api.request(verb, target, {}, std::move(body));
    const auto text = co_await r.all();
    if (r.status() == 200 && text == expected) co_return "";
    co_return "'" + text + "' for '" + expected + "'";
  } catch (const client_error& failed) {
    const bool honest = failed.why() != client_error::reason::protocol &&
                        failed.why() != client_error::reason::too_large;
    co_return honest ? "" : failed.what();
  } catch (const std::bad_alloc&) {
    co_return "";
  }
}

request_body drawn_body(random_source& random, method verb) {
  if (verb == method::get) return {};
  string text(random.below(random.one_in(4) ? 200'000 : 200), 'x');
  if (random.one_in(2)) return text;
  return request_body::stream([text](body_sink& out) -> task<> {
    co_await out.write(text);
    co_await sleep(1ms);
    co_await out.write("END");
  });
}

constexpr method verbs[] = {method::get, method::post, method::put};

TEST(client_faults_test, NoNetworkMakesAnAnswerThatIsNotItsOwn) {
  const std::uint64_t first = first_seed();
  const std::uint64_t count = seeds();
  std::cout << "seed " << first << " (SHOAL_SEED)\n";
  for (std::uint64_t seed = first; seed != first + count && !HasFailure(); ++seed) {
    SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
    random_source random(seed);
    io::sim::world w(seed, io::sim::draw_faults(random));
    io::loop l(w.io());
    io::coroutines all(l);
    wild_server server(w, random.next());
    client_options o;
    o.max_connections = 1 + random.below(3);
    o.first_byte_limit = o.between_bytes_limit = 20s;
    o.total_limit = 60s;
    const client api(server.url, o);
    std::vector<string> problems;
    for (int i = 0; i < 4; ++i) {
      all.start([&, i]() -> task<> {
        for (int n = 0; n < 6; ++n) {
          const method verb = verbs[random.below(3)];
          auto body = drawn_body(random, verb);
          auto problem = co_await problem_of(
              api, verb, '/' + std::to_string(i) + '/' + std::to_string(n), std::move(body));
          if (!problem.empty()) problems.push_back(problem);
          if (random.one_in(3)) co_await sleep(nanoseconds(random.below(6'000'000'000)));
        }
      });
    }
    EXPECT_TRUE(w.run(l));
    EXPECT_EQ(problems, std::vector<string>());
    EXPECT_EQ(all.running(), 0U);
    EXPECT_EQ(w.open_sockets(), 1U);
    for (const auto& [what, times] : server.heard) {
      EXPECT_LE(times, what.starts_with("POST") ? 1 : 2) << what;
    }
  }
}

// ---- without memory

/// Lets only what the client does in its turns be counted, and fail.
class only_turns final : public io::turn_observer {
 public:
  only_turns() { test::exempt_allocations(true); }
  ~only_turns() { test::exempt_allocations(false); }
  only_turns(const only_turns&) = delete;
  only_turns& operator=(const only_turns&) = delete;

  void turn_began(monotonic_time) noexcept override { test::exempt_allocations(false); }
  void turn_ended() noexcept override { test::exempt_allocations(true); }
};

/// Of a run in which the nth allocation fails; n = 0: none does. How many there were.
std::uint64_t run_without_memory(std::uint64_t n) {
  release_kept_frames();
  scene s;
  std::uint64_t made = 0;
  const client api(s.url);
  s.answer = [](peer& p, std::size_t) {
    p.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
  };
  std::vector<string> heard;
  int unmade = 0;
  only_turns armed;
  s.l.observe(&armed);
  s.all.start([&]() -> task<> {
    co_await sleep(1ms);  // the test's own frame is there
    const auto before = test::allocations();
    std::optional<test::failing_allocation> failing;
    if (n > 0) failing.emplace(n);
    for (const method verb : {method::get, method::put}) {
      try {
        auto r = co_await api.request(verb, "/x", {}, verb == method::put ? "body" : "");
        heard.push_back(co_await r.all());
      } catch (const std::bad_alloc&) {
        ++unmade;
      } catch (const client_error&) {
        ++unmade;
      }
    }
    made = test::allocations() - before;
  });
  s.run();
  EXPECT_LE(unmade, n > 0 ? 1 : 0);
  EXPECT_EQ(heard.size() + static_cast<std::size_t>(unmade), 2U);
  for (const string& text : heard) EXPECT_EQ(text, "hello");
  EXPECT_EQ(s.w.open_sockets(), 1U);
  return made;
}

TEST(client_faults_test, EveryAllocationFailsOnce) {
  if (!test::allocations_are_counted()) GTEST_SKIP() << "this sanitizer counts no allocations";
  const auto clean = run_without_memory(0);
  EXPECT_GT(clean, 20U) << "else nothing is counted";
  for (std::uint64_t n = 1; n <= clean && !HasFailure(); ++n) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    (void)run_without_memory(n);
  }
}

}  // namespace
}  // namespace shoal::http
