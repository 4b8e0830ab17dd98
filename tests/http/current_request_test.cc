#include "http/current_request.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::http {
namespace {

/// Connections are only told apart.
struct CurrentRequest : testing::Test {
  char places[2];
  const connection* one = reinterpret_cast<const connection*>(&places[0]);
  const connection* other = reinterpret_cast<const connection*>(&places[1]);
  current_request r;
};

TEST_F(CurrentRequest, HasNoIdBeforeSomebodyHasAskedForIt) {
  EXPECT_EQ(r.route(), current_request::no_route);
  r.begins(3, one);
  EXPECT_EQ(r.route(), 3U);
  EXPECT_EQ(r.id(), "");
}

TEST_F(CurrentRequest, ForgetsTheIdOfTheOneBefore) {
  r.begins(3, one);
  r.has_id("0123456789abcdef", one);
  EXPECT_EQ(r.id(), "0123456789abcdef");
  r.begins(3, one);
  EXPECT_EQ(r.id(), "");
  r.has_id("b", one);
  EXPECT_EQ(r.id(), "b");
}

TEST_F(CurrentRequest, TakesNoIdOfAnotherThatGoesOnInItsTurn) {
  r.begins(3, one);
  r.has_id("theirs", other);
  r.has_id("of one whose client has gone", nullptr);
  EXPECT_EQ(r.id(), "");
  r.has_id("mine", one);
  r.has_id("theirs", other);
  EXPECT_EQ(r.id(), "mine");
  r.begins(current_request::no_route, nullptr);
  r.has_id("mine", one);
  EXPECT_EQ(r.id(), "") << "it began in another turn";
}

TEST_F(CurrentRequest, CutsALongId) {
  r.begins(3, one);
  r.has_id(std::string(100, 'x'), one);
  EXPECT_EQ(r.id(), std::string(40, 'x'));
}

}  // namespace
}  // namespace shoal::http
