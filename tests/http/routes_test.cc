#include "shoal/http/routes.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "http/site.h"

namespace shoal::http {
namespace {

using namespace std::chrono_literals;

std::string problem_of(routes& r) {
  std::string problem;
  return r.freeze(problem) == nullptr ? problem : "none";
}

TEST(Routes, ThatMatchTheSameAreRefusedWithBothPlaces) {
  routes r;
  r.get<"/users/{id}">([](int) { return "id"; });
  r.get<"/users/{name}">([](std::string) { return "name"; });
  const auto problem = problem_of(r);
  EXPECT_NE(problem.find("/users/{id}"), std::string::npos) << problem;
  EXPECT_NE(problem.find("/users/{name}"), std::string::npos) << problem;
  EXPECT_NE(problem.find("routes_test.cc:"), std::string::npos) << problem;
}

TEST(Routes, OfTwoGroupsThatMatchTheSameAreRefusedToo) {
  routes r;
  auto one = r.group<"/a">();
  auto two = r.group<"/a">();
  one.get<"/x">([] { return "one"; });
  EXPECT_EQ(problem_of(r), "none");
  two.get<"/x">([] { return "two"; });
  EXPECT_NE(problem_of(r), "none");
}

struct first_message {
  static constexpr message_tag tag{"news", 1};
};
struct second_message {
  static constexpr message_tag tag{"news", 2};
};
struct nameless_message {
  static constexpr message_tag tag{"", 1};
};
struct with_pointer_of_its_own {
  [[maybe_unused]] static constexpr message_tag tag{"strings", 1};
  std::string text;
};
static_assert(message<first_message> && !message<with_pointer_of_its_own> && !message<int>);

constexpr auto ignore = [](worker&, const auto&, sender) {};

TEST(Routes, MessagesOfOneNameEndTheStart) {
  routes twice, two_versions, nameless;
  twice.on_message<first_message>(ignore);
  EXPECT_EQ(problem_of(twice), "none");
  twice.on_message<first_message>(ignore);
  EXPECT_NE(problem_of(twice).find("news"), std::string::npos);
  two_versions.on_message<first_message>(ignore);
  two_versions.on_message<second_message>(ignore);
  EXPECT_NE(problem_of(two_versions).find("news"), std::string::npos);
  nameless.on_message<nameless_message>(ignore);
  EXPECT_NE(problem_of(nameless), "none");
}

TEST(Routes, OneTypeMayBeForWorkersAndForTheSupervisor) {
  routes both, up_twice;
  both.on_message<first_message>(ignore);
  both.on_supervisor_message<first_message>([](supervisor&, const auto&, sender) {});
  EXPECT_EQ(problem_of(both), "none");
  up_twice.on_supervisor_message<first_message>([](supervisor&, const auto&, sender) {});
  up_twice.on_supervisor_message<first_message>([](supervisor&, const auto&, sender) {});
  EXPECT_NE(problem_of(up_twice).find("news"), std::string::npos);
}

TEST(Routes, AWorkerWithoutAClusterSendsNothing) {
  worker alone{worker_facts{}};
  EXPECT_THROW(static_cast<void>(alone.send(0, first_message{})), std::logic_error);
  EXPECT_THROW(static_cast<void>(alone.broadcast(first_message{})), std::logic_error);
}

TEST(Routes, APrefixBeginsWithASlashAndDoesNotEndWithOne) {
  routes without, with;
  static_cast<void>(without.group<"api">());
  static_cast<void>(with.group<"/api/">());
  EXPECT_NE(problem_of(without).find("\"api\""), std::string::npos);
  EXPECT_NE(problem_of(with).find("\"/api/\""), std::string::npos);
}

TEST(Routes, MoveWithTheirGroups) {
  routes made;
  auto group = made.group<"/g">();
  routes moved = std::move(made);
  group.get<"/x">([] { return "x"; });
  site s;
  s.routes = std::move(moved);
  s.open();
  auto& client = s.send("GET /g/x HTTP/1.1\r\nHost: h\r\n\r\n");
  s.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "x");
}

TEST(Routes, EachMethodHasItsOwnHandler) {
  site s;
  s.routes.get<"/x">([] { return "get"; });
  s.routes.post<"/x">([] { return "post"; });
  s.routes.put<"/x">([] { return "put"; });
  s.routes.patch<"/x">([] { return "patch"; });
  s.routes.del<"/x">([] { return "delete"; });
  s.routes.options<"/x">([] { return "options"; });
  s.routes.any<"/x">([] { return "any"; });
  s.open();
  std::string requests;
  for (const auto* verb : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"}) {
    requests += std::string(verb) + " /x HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  auto& client = s.send(requests);
  s.pass(10ms);
  EXPECT_EQ(bodies_of(client.received()), "get|post|put|patch|delete|options|any");
}

TEST(Routes, AHandlerForHeadStandsBeforeTheOneForGet) {
  site s;
  s.routes.get<"/x">([] { return "a body"; });
  s.routes.head<"/x">([] { return response().header("X-Head", "1"); });
  s.open();
  auto& client = s.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
  s.pass(10ms);
  EXPECT_TRUE(parsed_answer(client.received()).has("X-Head: 1"));
}

}  // namespace
}  // namespace shoal::http
