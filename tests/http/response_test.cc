#include "shoal/http/response.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace shoal {
namespace {

TEST(Response, GivesBackWhatWasAddedInAnyCase) {
  response r;
  r.header("X-One", "1").header("X-Two", "2").header("x-one", "again");
  EXPECT_EQ(r.header("x-ONE"), "1");
  EXPECT_EQ(r.header("X-Two"), "2");
  EXPECT_EQ(r.header("X"), std::nullopt);
  EXPECT_EQ(r.header("content-type"), std::nullopt);
  EXPECT_EQ(response::text("x").header("content-type"), "text/plain");
}

TEST(Response, SetReplacesEveryFieldOfTheName) {
  response r;
  r.header("Vary", "A").header("X", "1").header("vary", "B").set_header("Vary", "C");
  EXPECT_EQ(r.fields(), "X: 1\r\nVary: C\r\n");
}

TEST(Response, RefusesWhatWouldSplitItOrIsTheServers) {
  response r;
  EXPECT_THROW(r.header("X", "a\r\nY: b"), std::invalid_argument);
  EXPECT_THROW(r.header("X Y", "a"), std::invalid_argument);
  EXPECT_THROW(r.header("", "a"), std::invalid_argument);
  EXPECT_THROW(r.header("Content-Length", "5"), std::invalid_argument);
  EXPECT_THROW(r.set_header("transfer-encoding", "chunked"), std::invalid_argument);
  EXPECT_THROW(response(99), std::invalid_argument);
  EXPECT_THROW(response(600), std::invalid_argument);
  EXPECT_EQ(r.fields(), "");
}

}  // namespace
}  // namespace shoal
