#include "shoal/http/rate_limit.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>

#include "http/hooks/asking.h"
#include "http/hooks/keyed_hash.h"
#include "http/hooks/network.h"
#include "support/child_process.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

std::chrono::steady_clock::time_point now{1h};

rate_limit_options three_a_minute() {
  now = std::chrono::steady_clock::time_point(1h);
  return {.requests = 3, .per = 1min, .clock = [] { return now; }};
}

TEST(KeyedHash, IsSipHash13) {
  // What CPython 3.11 gives with PYTHONHASHSEED=0: hash(bytes(range(n))), the key all zeros.
  std::string input;
  const auto hash = [&input](std::size_t size) {
    while (input.size() < size) input.push_back(static_cast<char>(input.size()));
    return keyed_hash({}, input);
  };
  EXPECT_EQ(hash(1), 0x68a914128e01e473U);
  EXPECT_EQ(hash(7), 0x2f098ab0c751325aU);
  EXPECT_EQ(hash(8), 0xead411e67ebe2eeaU);
  EXPECT_EQ(hash(9), 0x75927f9d95124362U);
  EXPECT_EQ(hash(33), 0x7fb71d24dfa4c9f6U);
  EXPECT_NE(keyed_hash({1, 0}, input), keyed_hash({0, 1}, input));
}

TEST(Network, IsWhatOneSubscriberHas) {
  EXPECT_EQ(network_of("1.2.3.4"), "\1\2\3\4");
  EXPECT_EQ(network_of("::ffff:1.2.3.4"), "\1\2\3\4");
  EXPECT_EQ(network_of("2001:db8:1:2::3"), network_of("2001:db8:1:2:ffff::"));
  EXPECT_NE(network_of("2001:db8:1:2::3"), network_of("2001:db8:1:3::3"));
  EXPECT_EQ(network_of("unix"), "unix");
}

TEST(RateLimit, RefusesWhatIsTooMuchAndSaysWhenToComeAgain) {
  asked_site s;
  rate_limit(s.routes(), three_a_minute());
  s.routes().get<"/">([] { return "in"; });
  for (const char* remaining : {"2", "1", "0"}) {
    const auto answer = s.get("/");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(field(answer, "RateLimit-Limit"), "3");
    EXPECT_EQ(field(answer, "RateLimit-Remaining"), remaining);
  }
  now += 5500ms;
  const auto answer = s.get("/");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(field(answer, "Retry-After"), "15") << "14.5 s, rounded up";
  EXPECT_EQ(field(answer, "RateLimit-Remaining"), "0");
  EXPECT_EQ(field(answer, "RateLimit-Reset"), "55");
  now += 14500ms;
  EXPECT_EQ(s.get("/").status, 200);
  EXPECT_EQ(s.get("/").status, 429);
}

TEST(RateLimit, KnowsClientsByAFieldOrAnyFunction) {
  asked_site s;
  auto by_field = three_a_minute();
  by_field.key = header_key("X-Key");
  by_field.burst = 1;
  auto by_function = three_a_minute();
  by_function.burst = 1;
  by_function.key = [](context& c) -> std::optional<std::string> {
    return c.query().empty() ? std::nullopt : std::optional<std::string>(c.query());
  };
  auto field_group = s.routes().group<"/field">();
  auto function_group = s.routes().group<"/function">();
  rate_limit(field_group, by_field);
  rate_limit(function_group, by_function);
  field_group.get<"/">([] { return "in"; });
  function_group.get<"/">([] { return "in"; });
  EXPECT_EQ(s.get("/field/", "X-Key: a\r\n").status, 200);
  EXPECT_EQ(s.get("/field/", "X-Key: a\r\n").status, 429);
  EXPECT_EQ(s.get("/field/", "X-Key: b\r\n").status, 200);
  EXPECT_EQ(s.get("/field/").status, 200) << "by address";
  EXPECT_EQ(s.get("/field/").status, 429);
  EXPECT_EQ(s.get("/function/?a").status, 200);
  EXPECT_EQ(s.get("/function/?a").status, 429);
  for (int i = 0; i < 3; ++i) {
    const auto answer = s.get("/function/");
    EXPECT_EQ(answer.status, 200) << "nobody's";
    EXPECT_EQ(field(answer, "RateLimit-Limit"), "-");
  }
}

TEST(RateLimit, TakesNoFieldForAnAddress) {
  asked_site s;
  std::string address;
  s.routes().get<"/">([&address](context& c) {
    address = address_key(c).value();
    return header_key("X-Key")(c).value();
  });
  EXPECT_EQ(s.get("/", "X-Key: a\r\n").rest, "=a");
  EXPECT_EQ(s.get("/", "X-Key:\r\n").rest, "=");
  EXPECT_EQ(s.get("/").rest, "@" + address);
}

TEST(RateLimit, SpeaksOfTheInnermostOfTwo) {
  asked_site s;
  auto outer = three_a_minute(), inner = three_a_minute();
  inner.burst = 2;
  auto group = s.routes().group<"/group">();
  rate_limit(s.routes(), outer);
  rate_limit(group, inner);
  group.get<"/">([] { return "in"; });
  EXPECT_EQ(field(s.get("/group/"), "RateLimit-Limit"), "2");
  EXPECT_EQ(field(s.get("/nowhere"), "RateLimit-Limit"), "3");
  EXPECT_EQ(s.get("/nowhere").status, 404);
  const auto refused = s.get("/group/");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(field(refused, "RateLimit-Limit"), "3") << "the outer one refused";
}

TEST(RateLimit, IsOneForAllProcesses) {
  asked_site s;
  rate_limit(s.routes(), three_a_minute());
  s.routes().get<"/">([] { return "in"; });
  EXPECT_EQ(s.get("/").status, 200);
  shoal::testing::child_process child([&] {
    const bool all = s.get("/").status == 200 && s.get("/").status == 200;
    ::_exit(all ? 0 : 1);
  });
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(s.get("/").status, 429);
}

TEST(RateLimit, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(rate_limiter({.requests = 0}), std::invalid_argument);
  EXPECT_THROW(rate_limiter({.per = 0us}), std::invalid_argument);
  EXPECT_THROW(rate_limiter({.requests = 2, .per = 1us}), std::invalid_argument);
  EXPECT_THROW(rate_limiter({.buckets = 0}), std::invalid_argument);
  EXPECT_THROW(rate_limiter({.key = nullptr}), std::invalid_argument);
  EXPECT_THROW(rate_limiter({.requests = 1, .per = 24h, .burst = 31}), std::invalid_argument);
  EXPECT_NO_THROW(rate_limiter({.requests = 1, .per = 24h, .burst = 30}));
}

}  // namespace
}  // namespace shoal::http
