#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/random.h"

namespace shoal {
namespace {

template <typename Value>
std::string json_of(const Value& value) {
  std::string out;
  json_writer(out).value(value);
  return out;
}

TEST(JsonWriter, NestsObjectsAndArraysWithTheirCommas) {
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("a", 1);
  json.key("b");
  json.begin_array();
  json.value(true);
  json.begin_object();
  json.end_object();
  json.begin_array();
  json.end_array();
  json.value("x");
  json.end_array();
  json.member("c", nullptr);
  json.end_object();
  EXPECT_EQ(out, R"({"a":1,"b":[true,{},[],"x"],"c":null})");
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = "data: ";
  json_writer(out).value(7);
  EXPECT_EQ(out, "data: 7");
}

TEST(JsonWriter, WritesIntegersOfAnyWidth) {
  EXPECT_EQ(json_of(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(json_of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(json_of(std::int8_t{-3}), "-3");
  EXPECT_EQ(json_of(static_cast<unsigned short>(65535)), "65535");
  EXPECT_EQ(json_of(false), "false");
}

TEST(JsonWriter, WritesDoublesThatReadBackAsTheSameNumber) {
  for (const double number : {0.0, 0.1, 1.0 / 3, 1e300, 5e-324, -2.5e-7, 123456789.125}) {
    const std::string text = json_of(number);
    EXPECT_EQ(std::strtod(text.c_str(), nullptr), number) << text;
  }
  EXPECT_EQ(json_of(0.1), "0.1");
  EXPECT_EQ(json_of(std::nan("")), "null");
  EXPECT_EQ(json_of(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonString, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(json_of("say \"hi\" \\ /"), R"("say \"hi\" \\ /")");
  EXPECT_EQ(json_of("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(json_of(std::string("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("a\"b", "");
  json.end_object();
  EXPECT_EQ(out, R"({"a\"b":""})");
}

TEST(JsonString, KeepsUtf8) {
  const std::string text = "h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x9f \xef\xbf\xbf \xf4\x8f\xbf\xbf";
  EXPECT_EQ(json_of(text), '"' + text + '"');
}

TEST(JsonString, ReplacesBytesThatAreNotUtf8) {
  const std::string r = "\xef\xbf\xbd";
  struct wrong {
    std::string in;
    std::string out;
  };
  for (const auto& [in, out] : {
           wrong{"a\xff z", "a" + r + " z"},
           wrong{"\x80", r},
           wrong{"\xc3", r},                          // cut
           wrong{"\xe2\x82", r + r},                  // cut
           wrong{"\xe2\x82\"", r + r + "\\\""},       // cut by a quotation mark
           wrong{"\xc0\xaf", r + r},                  // overlong '/'
           wrong{"\xe0\x80\xaf", r + r + r},          // overlong
           wrong{"\xed\xa0\x80", r + r + r},          // surrogate
           wrong{"\xf4\x90\x80\x80", r + r + r + r},  // beyond U+10FFFF
           wrong{"\xf8\x88\x80\x80\x80", r + r + r + r + r},
       })
    EXPECT_EQ(json_of(in), '"' + out + '"');
}

/// A strict reader of one JSON string: false if anything in it is not allowed.
bool is_json_string(const std::string& text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x20 || c == '"') return false;
    if (c != '\\') continue;
    const char kind = text[++i];
    if (i + 1 >= text.size()) return false;
    if (std::string_view("\"\\bfnrt").find(kind) != std::string_view::npos) continue;
    if (kind != 'u' || i + 5 >= text.size()) return false;
    i += 4;
  }
  return true;
}

TEST(JsonString, IsWellFormedWhateverGoesIn) {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto length = random.below(12); length > 0; --length)
      text += static_cast<char>(random.next());
    const std::string once = json_of(text);
    ASSERT_TRUE(is_json_string(once));
    // What came out is UTF-8: writing its inside again replaces nothing.
    ASSERT_EQ(json_of(once).find("\xef\xbf\xbd") == std::string::npos,
              once.find("\xef\xbf\xbd") == std::string::npos);
  }
}

}  // namespace
}  // namespace shoal
