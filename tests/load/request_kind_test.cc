#include "load/request_kind.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace shoal::load {
namespace {

TEST(RequestKind, IsReadFromThreeWords) {
  const auto made = parse_request("2.5 POST /a?b");
  ASSERT_TRUE(made);
  EXPECT_EQ(made.value().weight, 2.5);
  EXPECT_EQ(made.value().method, "POST");
  EXPECT_EQ(made.value().path, "/a?b");
  EXPECT_EQ(made.value().name, "POST /a?b");
  for (const char* text :
       {"", "1", "1 GET", "GET /", "0 GET /", "-1 GET /", "nan GET /", "inf GET /", "1 GET x",
        "1 GET /a b", "1  GET /", "1x GET /", "1 G,T /"}) {
    EXPECT_FALSE(parse_request(text)) << text;
  }
}

TEST(RequestKind, BecomesARequest) {
  request_kind kind;
  EXPECT_EQ(make_request(kind, "h:1"), "GET / HTTP/1.1\r\nHost: h:1\r\n\r\n");
  kind.fields = {"A: b"};
  EXPECT_EQ(make_request(kind, "h", false),
            "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\nConnection: close\r\n\r\n");
  kind.method = "POST";
  EXPECT_EQ(make_request(kind, "h"),
            "POST / HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 0\r\n\r\n");
  kind.body = "four";
  EXPECT_EQ(make_request(kind, "h"),
            "POST / HTTP/1.1\r\nHost: h\r\nA: b\r\nContent-Length: 4\r\n\r\nfour");
}

TEST(RequestKind, LetsItsFieldsSayItOtherwise) {
  request_kind kind;
  kind.body = "0\r\n\r\n";
  kind.fields = {"host: other", "transfer-encoding: chunked", "CONNECTION: x"};
  EXPECT_EQ(make_request(kind, "h", false),
            "GET / HTTP/1.1\r\nhost: other\r\ntransfer-encoding: chunked\r\nCONNECTION: x\r\n\r\n"
            "0\r\n\r\n");
}

TEST(RequestKind, HoldsNoLineBreakWhereAnotherRequestWouldBegin) {
  const auto refused = [](auto change) {
    request_kind kind;
    change(kind);
    return !check_request(kind);
  };
  EXPECT_FALSE(refused([](request_kind&) {}));
  EXPECT_TRUE(refused([](request_kind& k) { k.path = "/\r\nX: y"; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.method = "GET\r"; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.method = ""; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.fields = {"A: b\r\nC: d"}; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.fields = {"no colon"}; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.fields = {"a b: c"}; }));
  EXPECT_TRUE(refused([](request_kind& k) { k.weight = std::numeric_limits<double>::infinity(); }));
}

}  // namespace
}  // namespace shoal::load
