#include "cluster/control/control_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shoal::cluster {
namespace {

using state = control_reading::state;
using testing::ElementsAre;
using testing::Pair;

control_reading read(std::string_view bytes) {
  http::parse_progress progress;
  return read_control_request(bytes, progress);
}

TEST(ControlRequest, IsReadAsCurlSendsIt) {
  const auto seen = read(
      "POST /v1/kill?node=1&a=%20b HTTP/1.1\r\nHost: localhost\r\nUser-Agent: curl/7.88.1\r\n"
      "Accept: */*\r\n\r\n");
  ASSERT_EQ(seen.is, state::complete);
  EXPECT_EQ(seen.request.verb, http::method::post);
  EXPECT_EQ(seen.request.path, "/v1/kill");
  EXPECT_THAT(seen.request.parameters, ElementsAre(Pair("node", "1"), Pair("a", " b")));
  EXPECT_FALSE(seen.request.plain);
}

TEST(ControlRequest, MayAskForText) {
  const auto seen = read("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\n\r\n");
  ASSERT_EQ(seen.is, state::complete);
  EXPECT_TRUE(seen.request.plain);
}

TEST(ControlRequest, WaitsForTheRest) {
  const std::string whole = "POST /v1/reload HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
  http::parse_progress progress;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    ASSERT_EQ(read_control_request(std::string_view(whole).substr(0, size), progress).is,
              state::partial)
        << size;
  }
  EXPECT_EQ(read_control_request(whole, progress).is, state::complete);
}

TEST(ControlRequest, IsRefusedWhereItIsNone) {
  struct mistake {
    std::string bytes;
    int status;
  };
  const std::string get = "GET /v1/status HTTP/1.1\r\nHost: a\r\n";
  for (const auto& [bytes, status] : {
           mistake{"\x16\x03\x01", 400},
           mistake{"hello there\r\n", 400},
           mistake{"GET /v1/status HTTP/2.0\r\n", 505},
           mistake{"GET /v1/status HTTP/1.1\r\n\r\n", 400},
           mistake{get + "Content-Length: 1\r\n\r\nx", 413},
           mistake{get + "Transfer-Encoding: chunked\r\n\r\n", 413},
           mistake{"GET /v1/kill?node=%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400},
           mistake{"GET /" + std::string(2000, 'a'), 414},
           mistake{get + "A: " + std::string(longest_control_head, 'a'), 431},
       }) {
    const auto seen = read(bytes);
    EXPECT_EQ(seen.is, state::refused) << bytes;
    EXPECT_EQ(seen.status, status) << bytes;
    EXPECT_NE(seen.why, "");
  }
}

TEST(ControlRequest, ReadsFlagsAsPeopleWriteThem) {
  for (const auto* text : {"", "1", "true"}) EXPECT_EQ(parse_control_flag(text), true);
  for (const auto* text : {"0", "false"}) EXPECT_EQ(parse_control_flag(text), false);
  for (const auto* text : {"2", "yes", " 1"}) EXPECT_EQ(parse_control_flag(text), std::nullopt);
}

}  // namespace
}  // namespace shoal::cluster
