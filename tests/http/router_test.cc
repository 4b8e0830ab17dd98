#include "http/router.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace shoal::http {
namespace {

using kind = route_match::kind;

constexpr unsigned bit(method verb) { return 1U << static_cast<unsigned>(verb); }

/// A router with these patterns, GET unless another method stands before; the routes count from 0.
router with(const std::vector<std::string>& patterns) {
  router r;
  route_id next = 0;
  for (const auto& text : patterns) {
    const std::size_t space = text.find(' ');
    const bool named = space != text.npos;
    const method verb = named ? parse_method(text.substr(0, space)) : method::get;
    const auto added = r.add(verb, named ? text.substr(space + 1) : text, next++, "test");
    EXPECT_TRUE(added) << added.error().message;
  }
  return r;
}

/// "3 a b": route 3 with these parameters; "404"; "405".
std::string ask(const router& r, std::string_view path, method verb = method::get) {
  const route_match m = r.match(verb, path);
  if (m.what == kind::not_found) return "404";
  if (m.what == kind::method_not_allowed) return "405";
  std::string out = std::to_string(m.route);
  for (std::size_t i = 0; i < m.parameter_count; ++i) out += " " + std::string(m.parameters[i]);
  return out;
}

std::string fault(const std::vector<std::string>& patterns) {
  router r;
  int line = 0;
  for (const auto& pattern : patterns) {
    const auto added = r.add(method::get, pattern, 0, "main.cc:" + std::to_string(++line));
    if (!added) return added.error().message;
  }
  return "none";
}

TEST(Router, FindsLiteralPathsExactly) {
  const router r = with({"/", "/a", "/a/", "/a//b", "/a/b", "/caf%C3%A9"});
  EXPECT_EQ(ask(r, "/"), "0");
  EXPECT_EQ(ask(r, "/a"), "1");
  EXPECT_EQ(ask(r, "/a/"), "2");
  EXPECT_EQ(ask(r, "/a//b"), "3");
  EXPECT_EQ(ask(r, "/a/b"), "4");
  EXPECT_EQ(ask(r, "/caf%C3%A9"), "5");
  for (const char* path : {"", "a", "*", "//", "/A", "/a/b/", "/a/c", "//a", "/a%2fb"})
    EXPECT_EQ(ask(r, path), "404") << path;
}

TEST(Router, FindsNothingWhenEmpty) {
  EXPECT_EQ(ask(router(), "/"), "404");
  EXPECT_EQ(ask(router(), ""), "404");
}

TEST(Router, GivesParametersAsSent) {
  const router r = with({"/users/{id}", "/users/{id}/posts/{post}", "/{a}"});
  EXPECT_EQ(ask(r, "/users/7"), "0 7");
  EXPECT_EQ(ask(r, "/users/a%2Fb"), "0 a%2Fb");
  EXPECT_EQ(ask(r, "/users/7/posts/8"), "1 7 8");
  EXPECT_EQ(ask(r, "/users"), "2 users");
  EXPECT_EQ(ask(r, "/users/7/posts"), "404");
}

TEST(Router, MatchesNoEmptySegmentWithAParameter) {
  const router r = with({"/{a}", "/x/{a}/y"});
  for (const char* path : {"/", "//", "/x//y", "/x/", "/1/"})
    EXPECT_EQ(ask(r, path), "404") << path;
  EXPECT_EQ(ask(r, "/x/1/y"), "1 1");
}

TEST(Router, GivesTheRestWhichMayBeEmpty) {
  const router r = with({"/files/{path...}"});
  EXPECT_EQ(ask(r, "/files/"), "0 ");
  EXPECT_EQ(ask(r, "/files/a"), "0 a");
  EXPECT_EQ(ask(r, "/files/a//b/"), "0 a//b/");
  EXPECT_EQ(ask(r, "/files"), "404");
  EXPECT_EQ(ask(with({"/{all...}"}), "/"), "0 ");
}

TEST(Router, PrefersLiteralToParameterToRest) {
  for (const auto& order : {std::vector<std::string>{"/a/b", "/a/{x}", "/a/{x...}", "/{x...}"},
                            std::vector<std::string>{"/{x...}", "/a/{x...}", "/a/{x}", "/a/b"}}) {
    const router r = with(order);
    const bool forward = order.front() == "/a/b";
    EXPECT_EQ(ask(r, "/a/b"), forward ? "0" : "3");
    EXPECT_EQ(ask(r, "/a/c"), forward ? "1 c" : "2 c");
    EXPECT_EQ(ask(r, "/a/b/c"), forward ? "2 b/c" : "1 b/c");
    EXPECT_EQ(ask(r, "/a/"), forward ? "2 " : "1 ");
    EXPECT_EQ(ask(r, "/b"), forward ? "3 b" : "0 b");
  }
}

TEST(Router, GoesBackWhereALiteralLedNowhere) {
  const router r = with({"/a/b/c", "/{x}/b/d", "/a/{y}/e", "/{z...}"});
  EXPECT_EQ(ask(r, "/a/b/c"), "0");
  EXPECT_EQ(ask(r, "/a/b/d"), "1 a");
  EXPECT_EQ(ask(r, "/a/b/e"), "2 b");
  EXPECT_EQ(ask(r, "/a/b/f"), "3 a/b/f");
}

TEST(Router, AnswersHeadFromGetUnlessItHasItsOwn) {
  const router r = with({"/a", "/b", "HEAD /b", "/c/{x}"});
  EXPECT_EQ(ask(r, "/a", method::head), "0");
  EXPECT_EQ(ask(r, "/b", method::head), "2");
  EXPECT_EQ(ask(r, "/b"), "1");
  EXPECT_EQ(ask(r, "/c/1", method::head), "3 1");
}

TEST(Router, NamesTheMethodsThatAPathHas) {
  const router r = with({"/a", "POST /a", "DELETE /{x}", "PUT /{x...}", "POST /only"});
  const route_match m = r.match(method::patch, "/a");
  EXPECT_EQ(m.what, kind::method_not_allowed);
  EXPECT_EQ(m.allowed, bit(method::get) | bit(method::head) | bit(method::post) | bit(method::del) |
                           bit(method::put) | bit(method::options));
  EXPECT_EQ(r.match(method::get, "/only").allowed,
            bit(method::post) | bit(method::del) | bit(method::put) | bit(method::options));
  EXPECT_EQ(r.match(method::get, "/x/y").allowed, bit(method::put) | bit(method::options));
}

TEST(Router, TakesALessSpecificRouteForAnotherMethod) {
  const router r = with({"POST /users/me", "/users/{id}", "PUT /{all...}"});
  EXPECT_EQ(ask(r, "/users/me"), "1 me");
  EXPECT_EQ(ask(r, "/users/me", method::post), "0");
  EXPECT_EQ(ask(r, "/users/me", method::put), "2 users/me");
  EXPECT_EQ(ask(r, "/users/me", method::del), "405");
}

TEST(Router, LeavesOptionsToTheCallerUnlessThereIsARoute) {
  const router r = with({"/a", "OPTIONS /b", "/c/{x}"});
  const route_match m = r.match(method::options, "/a");
  EXPECT_EQ(m.what, kind::method_not_allowed);
  EXPECT_EQ(m.allowed, bit(method::get) | bit(method::head) | bit(method::options));
  EXPECT_EQ(ask(r, "/b", method::options), "1");
  EXPECT_EQ(r.match(method::options, "/c/1").allowed,
            bit(method::get) | bit(method::head) | bit(method::options));
  EXPECT_EQ(ask(r, "/none", method::options), "404");
}

TEST(Router, LetsOneRouteTakeAnyMethod) {
  router r = with({"/a"});
  ASSERT_TRUE(r.add(method::other, "/a", 8, ""));
  ASSERT_TRUE(r.add(method::other, "/b/{x}", 9, ""));
  EXPECT_EQ(ask(r, "/a"), "0");
  EXPECT_EQ(ask(r, "/a", method::head), "0");
  EXPECT_EQ(ask(r, "/a", method::trace), "8");
  EXPECT_EQ(ask(r, "/a", method::options), "8");
  EXPECT_EQ(ask(r, "/a", method::other), "8");
  EXPECT_EQ(ask(r, "/b/1", method::head), "9 1");
}

TEST(Router, TakesNoMoreParametersThanFit) {
  EXPECT_EQ(ask(with({"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h...}"}), "/1/2/3/4/5/6/7/8/9"),
            "0 1 2 3 4 5 6 7 8/9");
  EXPECT_NE(fault({"/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}"}).find("at most 8"), std::string::npos);
}

TEST(Router, NamesBothPlacesOfAConflict) {
  const std::string text = fault({"/a/{x}/b", "/a/{y}/b"});
  for (const char* part : {"/a/{x}/b", "/a/{y}/b", "main.cc:1", "main.cc:2", "GET"})
    EXPECT_NE(text.find(part), std::string::npos) << text;
  EXPECT_NE(fault({"/a", "/a"}), "none");
  EXPECT_NE(fault({"/{x...}", "/{y...}"}), "none");
  EXPECT_EQ(fault({"/a/{x}/b", "/a/{y}/c", "/a/{x}", "/a/{x...}", "/a/b/c", "/a/{x}/"}), "none");
}

TEST(Router, SaysWhatIsWrongWithAPattern) {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"", "begin with '/'"},
      {"a", "begin with '/'"},
      {"*", "begin with '/'"},
      {"/{a", "not closed"},
      {"/{", "not closed"},
      {"/{a/b}", "not closed"},
      {"/a}", "mixes"},
      {"/a{b}", "mixes"},
      {"/{a}b", "mixes"},
      {"/{a}{b}", "mixes"},
      {"/{}", "no name"},
      {"/{...}", "no name"},
      {"/{a-b}", "letters, digits"},
      {"/{1a}", "letters, digits"},
      {"/{a b}", "letters, digits"},
      {"/{a..}", "letters, digits"},
      {"/{{a}", "letters, digits"},
      {"/{a}/{a}", "twice"},
      {"/{a}/{a...}", "twice"},
      {"/{a...}/b", "last"},
      {"/{a...}/", "last"},
      {"/a b", "no path has"},
      {"/a?b", "no path has"},
      {"/a#b", "no path has"},
      {"/\xc3\xa9", "no path has"},
      {"/%4", "two hex digits"},
  };
  for (const auto& [pattern, part] : cases) {
    const std::string text = fault({pattern});
    EXPECT_NE(text.find(part), std::string::npos) << pattern << ": " << text;
    EXPECT_NE(text.find("main.cc:1"), std::string::npos) << text;
  }
}

TEST(Router, KeepsItsRoutesWhenMoved) {
  router a = with({"/a", "/b/{x}"});
  const router b = std::move(a);
  EXPECT_EQ(ask(b, "/a"), "0");
  EXPECT_EQ(ask(b, "/b/1"), "1 1");
}

// --- against a matcher that tries every route ---

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> out;
  for (std::size_t at = 1;;) {
    const std::size_t slash = path.find('/', at);
    out.emplace_back(path.substr(at, slash - at));
    if (slash == path.npos) return out;
    at = slash + 1;
  }
}

bool is_rest(const std::string& s) { return s.ends_with("...}"); }
int rank(const std::string& s) { return is_rest(s) ? 2 : s.starts_with('{') ? 1 : 0; }

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (is_rest(pattern[i])) return path.size() > i;
    if (i >= path.size()) return false;
    if (rank(pattern[i]) == 1 ? path[i].empty() : pattern[i] != path[i]) return false;
  }
  return pattern.size() == path.size();
}

bool more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (rank(a[i]) != rank(b[i])) return rank(a[i]) < rank(b[i]);
  return false;
}

struct known_route {
  method verb;
  std::string pattern;
};

std::string naive(const std::vector<known_route>& routes, std::string_view path, method verb) {
  const auto segments = split(path);
  std::optional<std::size_t> best;
  bool any = false;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const auto pattern = split(routes[i].pattern);
    if (!fits(pattern, segments)) continue;
    any = true;
    if (routes[i].verb != verb) continue;
    if (!best || more_specific(pattern, split(routes[*best].pattern))) best = i;
  }
  if (!best) return any ? "405" : "404";
  std::string out = std::to_string(*best);
  const auto pattern = split(routes[*best].pattern);
  for (std::size_t i = 0, at = 1; i < pattern.size(); at += segments[i++].size() + 1) {
    if (rank(pattern[i]) == 1) out += " " + segments[i];
    if (rank(pattern[i]) == 2) out += " " + std::string(path.substr(at));
  }
  return out;
}

std::string random_path(random_source& random, bool pattern) {
  static constexpr const char* words[] = {"a", "b", "ab", "", "c"};
  std::string out;
  for (std::uint64_t i = 0, count = 1 + random.below(4); i < count; ++i) {
    out += '/';
    const std::uint64_t what = pattern ? random.below(10) : 0;
    if (what >= 5) {
      out += "{p" + std::to_string(i) + (what == 9 ? "...}" : "}");
      if (what == 9) break;
    } else {
      out += words[random.below(std::size(words))];
    }
  }
  return out;
}

TEST(Router, AgreesWithAMatcherThatTriesEveryRoute) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20240601;
  std::cout << "seed " << seed << " (SHOAL_SEED)\n";
  random_source random(seed);
  for (int round = 0; round < 500; ++round) {
    router r;
    std::vector<known_route> routes;
    for (std::uint64_t i = 0, wanted = random.below(40); i < wanted; ++i) {
      const known_route route{random.one_in(2) ? method::post : method::put,
                              random_path(random, true)};
      const auto id = static_cast<route_id>(routes.size());
      if (r.add(route.verb, route.pattern, id, "here")) routes.push_back(route);
    }
    for (int i = 0; i < 100; ++i) {
      const std::string path = random_path(random, false);
      ASSERT_EQ(ask(r, path, method::post), naive(routes, path, method::post)) << path;
    }
  }
}

TEST(Router, FindsEachOfManyLiteralPaths) {
  router r;
  for (route_id i = 0; i < 2000; ++i)
    ASSERT_TRUE(r.add(method::get, "/api/v1/things/" + std::to_string(i) + "/details", i, ""));
  for (route_id i = 0; i < 2000; ++i)
    ASSERT_EQ(ask(r, "/api/v1/things/" + std::to_string(i) + "/details"), std::to_string(i));
  EXPECT_EQ(ask(r, "/api/v1/things/2000/details"), "404");
}

std::string decoded(std::string_view text) {
  std::string out(text.size(), '?');
  const std::size_t size = percent_decode(text, out.data());
  return size == text.npos ? "broken" : out.substr(0, size);
}

TEST(PercentDecode, DecodesOnceAndRefusesWhatIsBroken) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("plain"), "plain");
  EXPECT_EQ(decoded("a%20b+c"), "a b+c");
  EXPECT_EQ(decoded("%41%4a%4A%ff"), "AJJ\xff");
  EXPECT_EQ(decoded("%2541"), "%41");
  EXPECT_EQ(decoded("%2f..%2F"), "/../");
  for (const char* text : {"%", "%4", "a%", "%g0", "%0g", "%%41", "%00", "a%00b"})
    EXPECT_EQ(decoded(text), "broken") << text;
}

}  // namespace
}  // namespace shoal::http
