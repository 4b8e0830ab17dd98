#include "cluster/control/control_answer.h"

#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

TEST(ControlAnswer, HasALengthIfItHasAnEnd) {
  EXPECT_EQ(to_bytes({.status = 200, .body = "{}\n"}),
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 3\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\n{}\n");
  EXPECT_EQ(to_bytes({.type = "text/plain", .body = "x\n", .after = control_after::follow}),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            "Cache-Control: no-store\r\nConnection: close\r\n\r\nx\n");
}

TEST(ControlAnswer, SaysWhatAPathCanDo) {
  auto answer = control_problem(405, "POST alone", true);
  answer.allow = "POST";
  EXPECT_EQ(
      to_bytes(answer),
      "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\nAllow: POST\r\n"
      "Content-Length: 11\r\nCache-Control: no-store\r\nConnection: close\r\n\r\nPOST alone\n");
}

TEST(ControlAnswer, SaysWhatIsWrongAsAProblem) {
  const auto answer = control_problem(409, "the \"cluster\" stops", false);
  EXPECT_EQ(answer.type, "application/problem+json");
  EXPECT_EQ(answer.body, R"({"type":"about:blank","title":"Conflict","status":409,)"
                         R"("detail":"the \"cluster\" stops"})"
                         "\n");
}

}  // namespace
}  // namespace shoal::cluster
