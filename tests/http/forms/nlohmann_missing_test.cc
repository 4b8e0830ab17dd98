#include <gtest/gtest.h>

TEST(Nlohmann, IsNotInstalled) {
  GTEST_SKIP() << "nlohmann/json.hpp is not installed (Debian: nlohmann-json3-dev)";
}
