#include "load/plan_file.h"

#include <gtest/gtest.h>

#include <string>

#include "support/scratch_directory.h"

namespace shoal::load {
namespace {

std::string why_not(std::string_view text) {
  const auto made = parse_plan(text, "");
  return made ? "right" : made.error().message;
}

TEST(PlanFile, SaysAllOfARequest) {
  const auto made = parse_plan(R"(
[[request]]
name = "light"
weight = 95
path = "/plaintext"
expect-body = "Hello, World!"

[[request]]
weight = 0.5
method = "POST"
path = "/echo"
fields = ["Content-Type: text/plain", "X-A: b"]
body = "four"
expect-status = 201
expect-length = 4
expect = "same"
alone = true
may-refuse = true
)",
                               "");
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made.value().size(), 2U);
  const request_kind& light = made.value()[0];
  EXPECT_EQ(light.name, "light");
  EXPECT_EQ(light.weight, 95);
  EXPECT_EQ(light.method, "GET");
  EXPECT_EQ(light.expected.body, "Hello, World!");
  const request_kind& heavy = made.value()[1];
  EXPECT_EQ(heavy.name, "POST /echo");
  EXPECT_EQ(heavy.weight, 0.5);
  EXPECT_EQ(heavy.fields.size(), 2U);
  EXPECT_EQ(heavy.body, "four");
  EXPECT_EQ(heavy.expected.status, 201U);
  EXPECT_EQ(heavy.expected.length, 4U);
  EXPECT_TRUE(heavy.expected.same);
  EXPECT_TRUE(heavy.alone && heavy.expected.may_refuse);
  EXPECT_FALSE(light.alone || light.expected.may_refuse);
}

TEST(PlanFile, SaysWhatIsWrongAndInWhichLine) {
  struct mistake {
    const char* text;
    const char* says;
  };
  for (const mistake& m :
       {mistake{"", "no [[request]] table"},
        mistake{"x = 1", "line 1: 'x'"},
        mistake{"[request]\npath = \"/\"", "line 1: 'request'"},
        mistake{"request = []", "'request'"},
        mistake{"[[request]]\npath = 1", "line 2: 'path'"},
        mistake{"[[request]]\n\nweight = \"1\"", "line 3: 'weight'"},
        mistake{"[[request]]\nweight = 0", "above 0"},
        mistake{"[[request]]\nweight = nan", "above 0"},
        mistake{"[[request]]\nfields = [1]", "'fields'"},
        mistake{"[[request]]\nfields = \"a: b\"", "'fields'"},
        mistake{"[[request]]\nfields = [\"a\\nb: c\"]", "no header field"},
        mistake{"[[request]]\npat = \"/\"", "no key of a request"},
        mistake{"[[request]]\npath = \"x\"", "begins with /"},
        mistake{"[[request]]\nexpect = \"other\"", "\"same\""},
        mistake{"[[request]]\nname = \"a\\tb\"", "without tabs"},
        mistake{"[[request]]\nalone = 1", "'alone' must be true or false"},
        mistake{"[[request]]\nexpect-status = 99", "200 to 599"},
        mistake{"[[request]]\nexpect-length = -1", "bytes"},
        mistake{"[[request]]\nexpect = \"same\"\nexpect-body = \"\"", "only one of"},
        mistake{"[[request]]\nbody = \"a\"\nbody-file = \"/dev/null\"", "body or body-file"},
        mistake{"[[request]]\nbody-file = \"/nowhere/x\"", "cannot open /nowhere/x"},
        mistake{"[[request]\npath = \"/\"", "line 1"},
        mistake{"a = = b", "line 1"}}) {
    EXPECT_NE(why_not(m.text).find(m.says), std::string::npos) << m.text << ": " << why_not(m.text);
  }
  EXPECT_NE(why_not("a = \"" + std::string(70'000, 'x') + "\"").find("longer"), std::string::npos);
  std::string many;
  for (std::size_t i = 0; i <= most_kinds; ++i) many += "[[request]]\n";
  EXPECT_NE(why_not(many).find("more than 256"), std::string::npos);
}

TEST(PlanFile, NamesFilesThatLieBesideIt) {
  const testing::scratch_directory place;
  (void)place.write("body", "from a file");
  const auto path = place.write("plan.toml", "[[request]]\nbody-file = \"body\"\n");
  const auto made = read_plan(path);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made.value()[0].body, "from a file");
  EXPECT_NE(read_plan(path + "x").error().message.find("cannot open"), std::string::npos);
}

}  // namespace
}  // namespace shoal::load
