#include "http/forms/content_type.h"

#include <gtest/gtest.h>

#include "shoal/http/error.h"

namespace shoal::http {
namespace {

/// The boundary, or the status of the refusal.
std::string boundary(const std::string& content_type) {
  try {
    return boundary_of(content_type);
  } catch (const http_error& e) {
    return std::to_string(e.code());
  }
}

TEST(MediaType, IsComparedWithoutParametersAndCase) {
  EXPECT_TRUE(is_media_type("Text/Plain ; charset=utf-8", "text/plain"));
  EXPECT_TRUE(is_media_type("text/plain;", "text/plain"));
  EXPECT_FALSE(is_media_type("text/plain2", "text/plain"));
  EXPECT_FALSE(is_media_type("", "text/plain"));
}

TEST(MediaType, IsJsonBySuffixToo) {
  EXPECT_TRUE(is_json("application/json"));
  EXPECT_TRUE(is_json("application/merge-patch+JSON; charset=utf-8"));
  EXPECT_FALSE(is_json("+json"));
  EXPECT_FALSE(is_json("application/jsonp"));
  EXPECT_FALSE(is_json("text/plain; a=application/json"));
}

TEST(Boundary, IsFoundAmongTheParameters) {
  EXPECT_EQ(boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(boundary("Multipart/Form-Data ;charset=x; BOUNDARY=\"a b'()+_,-./:=?\""),
            "a b'()+_,-./:=?");
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(70, 'x')),
            std::string(70, 'x'));
}

TEST(Boundary, IsRefusedWhereRfc2046DoesNotAllowIt) {
  for (const std::string parameters :
       {"", "; boundary=", "; boundary=\"\"", "; boundary=\"a \"", "; boundary=a!",
        "; boundary=a;b", "; boundary=a b", "; boundary=a; boundary=b", "; boundary=\"\xc3\xa9\"",
        "; boundary=\"a"})
    EXPECT_EQ(boundary("multipart/form-data" + parameters), "400") << parameters;
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(71, 'x')), "400");
}

TEST(Boundary, OfAnotherTypeIsNone) {
  EXPECT_EQ(boundary("multipart/mixed; boundary=abc"), "415");
  EXPECT_EQ(boundary(""), "415");
}

}  // namespace
}  // namespace shoal::http
