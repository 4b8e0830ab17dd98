#include "http/current_request.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::http {
namespace {

TEST(CurrentRequest, HasNoIdBeforeSomebodyHasAskedForIt) {
  current_request r;
  EXPECT_EQ(r.route(), current_request::no_route);
  r.begins(3);
  EXPECT_EQ(r.route(), 3U);
  EXPECT_EQ(r.id(), "");
}

TEST(CurrentRequest, ForgetsTheIdOfTheOneBefore) {
  current_request r;
  r.begins(3);
  r.has_id("0123456789abcdef");
  EXPECT_EQ(r.id(), "0123456789abcdef");
  r.begins(3);
  EXPECT_EQ(r.id(), "");
  r.has_id("b");
  EXPECT_EQ(r.id(), "b");
}

TEST(CurrentRequest, CutsALongId) {
  current_request r;
  r.has_id(std::string(100, 'x'));
  EXPECT_EQ(r.id(), std::string(40, 'x'));
}

}  // namespace
}  // namespace shoal::http
