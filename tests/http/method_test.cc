#include "shoal/http/method.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::http {
namespace {

TEST(Method, IsReadFromItsNameAndBack) {
  for (int i = 0; i < method_count; ++i) {
    const auto verb = static_cast<method>(i);
    ASSERT_FALSE(to_string(verb).empty());
    EXPECT_EQ(parse_method(to_string(verb)), verb);
  }
  EXPECT_EQ(to_string(method::del), "DELETE");
  EXPECT_EQ(to_string(method::other), "");
}

TEST(Method, IsExact) {
  for (int i = 0; i < method_count; ++i) {
    const std::string name(to_string(static_cast<method>(i)));
    EXPECT_EQ(parse_method(name + ' '), method::other);
    EXPECT_EQ(parse_method(name + '\0'), method::other);
    EXPECT_EQ(parse_method(' ' + name), method::other);
    EXPECT_EQ(parse_method(name.substr(1)), method::other);
    for (std::size_t at = 0; at < name.size(); ++at) {
      std::string changed = name;
      changed[at] = static_cast<char>(changed[at] ^ 0x20);
      EXPECT_EQ(parse_method(changed), method::other) << changed;
    }
  }
  for (const char* text : {"", "G", "PROPFIND", "OPTIONSX", "VERSION-CONTROL"})
    EXPECT_EQ(parse_method(text), method::other) << text;
}

}  // namespace
}  // namespace shoal::http
