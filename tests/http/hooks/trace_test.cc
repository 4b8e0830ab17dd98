#include "shoal/http/trace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "http/hooks/asking.h"

namespace shoal::http {
namespace {

const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent_id = "00f067aa0ba902b7";
const std::string parent = "00-" + trace_id + "-" + parent_id + "-01";

bool is_id(std::string_view text, std::size_t size) {
  return text.size() == size &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos &&
         text.find_first_not_of('0') != std::string_view::npos;
}

TEST(Traceparent, IsParsedExactly) {
  const auto trace = parse_traceparent(parent);
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->trace(), trace_id);
  EXPECT_TRUE(trace->has_parent());
  EXPECT_EQ(std::string(trace->parent_id.begin(), trace->parent_id.end()), parent_id);
  EXPECT_TRUE(trace->sampled());
  EXPECT_FALSE(parse_traceparent("00-" + trace_id + "-" + parent_id + "-fe")->sampled());
}

TEST(Traceparent, IsIgnoredWhereItIsNotOfVersionZero) {
  const std::string zeros(32, '0');
  std::string upper = parent;
  std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
  for (const std::string& text :
       {std::string(), "01" + parent.substr(2), "ff" + parent.substr(2), parent + "-00",
        parent + "0", parent + ",", " " + parent, upper, parent.substr(0, 54),
        "00-" + zeros + "-" + parent_id + "-01", "00-" + trace_id + "-" + zeros.substr(16) + "-01",
        "00_" + trace_id + "-" + parent_id + "-01", "00-" + trace_id + "-" + parent_id + "_01",
        "00-" + trace_id + "-" + parent_id + "-0g", "0" + parent})
    EXPECT_FALSE(parse_traceparent(text)) << text;
  for (std::size_t size = 0; size < parent.size(); ++size)
    EXPECT_FALSE(parse_traceparent(parent.substr(0, size)));
}

class TraceRequests : public testing::Test {
 protected:
  TraceRequests() {
    s.routes().get<"/">([](context& c) {
      const auto* trace = c.get<trace_context>();
      return trace->traceparent() + " " + (trace->has_parent() ? "child" : "root") + " " +
             trace->state + " " + c.request_id();
    });
  }
  asked_site s;
};

TEST_F(TraceRequests, TakesUpTheCallersTrace) {
  trace_requests(s.routes());
  const auto seen =
      s.get("/", "traceparent: " + parent + "\r\ntracestate: a=1\r\nTracestate: b=2\r\n").rest;
  EXPECT_EQ(seen.substr(0, 36), "00-" + trace_id + "-");
  EXPECT_TRUE(is_id(seen.substr(36, 16), 16));
  EXPECT_NE(seen.substr(36, 16), parent_id) << "a span of its own";
  EXPECT_EQ(seen.substr(52, 18), "-01 child a=1,b=2 ");
}

TEST_F(TraceRequests, BeginsATraceWhereThereIsNone) {
  trace_requests(s.routes());
  std::set<std::string> ids;
  for (const std::string& fields :
       {std::string(), std::string("tracestate: a=1\r\n"), "traceparent: x" + parent + "\r\n",
        "traceparent: " + parent + "\r\ntraceparent: " + parent + "\r\n"}) {
    const auto seen = s.get("/", fields).rest;
    EXPECT_TRUE(is_id(seen.substr(3, 32), 32)) << seen;
    EXPECT_NE(seen.substr(3, 32), trace_id);
    EXPECT_EQ(seen.substr(52, 10), "-00 root  ") << fields;
    ids.insert(seen.substr(3, 32));
  }
  EXPECT_EQ(ids.size(), 4u);
}

TEST_F(TraceRequests, CanKeepToItself) {
  trace_requests(s.routes(), {.accept_request_id = false, .accept_trace = false, .sampled = true});
  const auto answer = s.get("/", "traceparent: " + parent + "\r\nX-Request-Id: mine\r\n");
  EXPECT_NE(answer.rest.substr(3, 32), trace_id);
  EXPECT_EQ(answer.rest.substr(52, 9), "-01 root ");
  EXPECT_TRUE(is_id(field(answer, "X-Request-Id"), 16));
}

TEST_F(TraceRequests, DropsAStateThatIsTooLong) {
  trace_requests(s.routes());
  const auto seen =
      s.get("/", "traceparent: " + parent + "\r\ntracestate: " + std::string(513, 'a') + "\r\n")
          .rest;
  EXPECT_EQ(seen.substr(52, 11), "-01 child  ");
}

TEST_F(TraceRequests, NamesARequestAsItsClientDoes) {
  trace_requests(s.routes());
  const auto answer = s.get("/", "X-Request-Id: a-B_1.2~\r\n");
  EXPECT_TRUE(answer.rest.ends_with(" a-B_1.2~"));
  EXPECT_EQ(field(answer, "X-Request-Id"), "a-B_1.2~");
  const auto missing = s.get("/nowhere", "X-Request-Id: again\r\n");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(field(missing, "X-Request-Id"), "again");
  EXPECT_EQ(field(s.get("/", "X-Request-Id: " + std::string(128, 'x') + "\r\n"), "X-Request-Id"),
            std::string(128, 'x'));
}

TEST_F(TraceRequests, MakesANameWhereTheClientsIsNoToken) {
  trace_requests(s.routes());
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"),
                                std::string("a\"b"), std::string("\xc3\xa9"), std::string("a/b")}) {
    const auto answer = s.get("/", "X-Request-Id: " + id + "\r\n");
    EXPECT_TRUE(is_id(field(answer, "X-Request-Id"), 16)) << id;
    EXPECT_TRUE(answer.rest.ends_with(" " + field(answer, "X-Request-Id")));
  }
}

}  // namespace
}  // namespace shoal::http
