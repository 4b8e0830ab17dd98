#include "shoal/http/multipart_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"

namespace shoal {
namespace {

using event = multipart_parser::event;
using namespace std::string_literals;

/// All that a parser says, as text that does not depend on the cuts: "<name|file|type>bytes;".
class listener {
 public:
  explicit listener(const multipart_limits& limits = {}, std::string_view boundary = "b")
      : parser_(boundary, limits) {}

  void feed(std::string_view bytes) {
    for (event e = parser_.next(bytes); e != event::need_more; e = parser_.next(bytes)) {
      if (e == event::invalid) {
        invalid_ = true;
        return;
      }
      tell(e);
    }
    EXPECT_TRUE(bytes.empty());
  }

  std::string said() const {
    if (invalid_) {
      return std::to_string(static_cast<int>(parser_.problem_status())) + " " +
             std::string(parser_.problem());
    }
    return text_ + (parser_.complete() ? "." : "");
  }

 private:
  void tell(event e) {
    const auto& part = parser_.part();
    if (e == event::part_begin) {
      text_ += "<" + part.name + "|" + part.file_name.value_or("-") + "|" + part.content_type + ">";
    } else if (e == event::data) {
      EXPECT_FALSE(parser_.data().empty());
      text_ += parser_.data();
    } else {
      text_ += ";";
    }
  }

  multipart_parser parser_;
  std::string text_;
  bool invalid_ = false;
};

std::string whole(std::string_view bytes, const multipart_limits& limits = {}) {
  listener l(limits);
  l.feed(bytes);
  return l.said();
}

/// A part of this head's lines and these bytes, and the boundary that begins it.
std::string part(std::string_view bytes, std::string_view disposition = "form-data; name=a",
                 std::string_view more = "") {
  return "--b\r\nContent-Disposition: " + std::string(disposition) + "\r\n" + std::string(more) +
         "\r\n" + std::string(bytes) + "\r\n";
}

constexpr std::string_view end = "--b--\r\n";
constexpr std::string_view a = "<a|-|text/plain>";

TEST(MultipartParser, GivesPartsInOrder) {
  const auto body = part("one") +
                    part("t\r\nw\ro\n", "form-data; name=\"f\"; filename=\"x.png\"",
                         "Content-Type: image/png\r\n") +
                    part("") + std::string(end);
  EXPECT_EQ(whole(body), "<a|-|text/plain>one;<f|x.png|image/png>t\r\nw\ro\n;<a|-|text/plain>;.");
}

/// What a parser may meet: each goes in whole, byte by byte and cut in two at every byte.
const std::vector<std::string>& bodies() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> made = {
        part("one") + part("two") + std::string(end),
        part("\r\n-\r\n--\r\n--\r\n\r\n--a\r\n-b\r\r\n--c\r") + std::string(end),
        part("\r\n--\r\n--\r\r\n") + std::string(end),
        part("", "form-data; name=a; filename=\"\"") + std::string(end),
        "\r\n" + part("x") + std::string(end),
        part("x") + "--b-- \t\r\n",
        part("x") + "--b--",
        part("x") + "--b--\r\n\r\n",
        part("x") + "--b--x",
        part("x") + "--b \t \r\nContent-Disposition: form-data; name=c\r\n\r\ny\r\n--b--",
        part("x") + "--b-\r\n",
        part("x") + "--bc\r\nContent-Disposition: form-data; name=c\r\n\r\ny\r\n--b--",
        part("x") + "--b\nContent-Disposition: form-data; name=c\r\n\r\ny\r\n--b--",
        part("x") + "--b\r\n\r\nno head\r\n--b--",
        "--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--x\r\n--b--",
        "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\r\n--b--",
        "\r\n\r\n--b--",
        "preamble\r\n--b--",
        "--c--",
        part("cut off"),
        "",
    };
    return made;
  }();
  return all;
}

TEST(MultipartParser, DoesNotCareHowItsInputIsCut) {
  for (const auto& body : bodies()) {
    const std::string expected = whole(body);
    for (std::size_t cut = 0; cut <= body.size(); ++cut) {
      listener l;
      l.feed(std::string_view(body).substr(0, cut));
      l.feed(std::string_view(body).substr(cut));
      EXPECT_EQ(l.said(), expected) << "cut at " << cut << " of\n" << body;
    }
    listener drip;
    for (const char c : body) drip.feed({&c, 1});
    EXPECT_EQ(drip.said(), expected) << body;
  }
}

TEST(MultipartParser, GivesBackRandomBytesHoweverTheyAreCut) {
  const char* given = std::getenv("SHOAL_SEED");
  const auto seed = given != nullptr ? std::strtoull(given, nullptr, 10) : draw_seed();
  SCOPED_TRACE("SHOAL_SEED=" + std::to_string(seed));
  random_source random(seed);
  // Of the delimiter's own bytes, so that it is almost there all the time.
  constexpr std::string_view letters = "\r\r\n\n----ba";
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (auto n = random.below(40); n > 0; --n) bytes += letters[random.below(letters.size())];
    if (("\r\n" + bytes + "\r").find("\r\n--b") != std::string::npos) continue;
    const auto body = part(bytes) + std::string(end);
    const auto expected = std::string(a) + bytes + ";.";
    listener l;
    for (std::string_view rest = body; !rest.empty();) {
      const auto size = std::min<std::size_t>(1 + random.below(7), rest.size());
      l.feed(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    ASSERT_EQ(l.said(), expected);
  }
}

TEST(MultipartParser, TakesABoundaryForOneWhereverALineBeginsWithIt) {
  EXPECT_EQ(whole(part("x") + "--b--"), std::string(a) + "x;.");
  EXPECT_EQ(whole(part("x\r\n--bc")), "400 a boundary is followed by other text");
  EXPECT_EQ(whole("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n--b--"),
            std::string(a) + ";.");
}

TEST(MultipartParser, RefusesWhatStandsBeforeAndBehind) {
  EXPECT_EQ(whole("\r\n" + part("x") + std::string(end)), std::string(a) + "x;.");
  for (const auto& before : {"x"s, "\n"s, "\r\n\r\n"s, "x\r\n"s, " "s, "\r"s})
    EXPECT_EQ(whole(before + part("x") + std::string(end)),
              "400 the body does not begin with its boundary")
        << before;
  for (const auto& behind : {"x"s, "\r\n"s, "--b\r\n"s})
    EXPECT_EQ(whole(part("x") + std::string(end) + behind),
              "400 something follows the last boundary")
        << behind;
}

TEST(MultipartParser, KnowsWhetherTheBodyIsWhole) {
  const auto body = part("x") + "--b--";
  for (std::size_t size = 0; size < body.size(); ++size) {
    listener l;
    l.feed(std::string_view(body).substr(0, size));
    EXPECT_FALSE(l.said().ends_with('.')) << size;
  }
}

TEST(MultipartParser, ReadsNamesAsBrowsersQuoteThem) {
  const auto name_of = [](std::string_view disposition) {
    const auto said = whole(part("", disposition) + std::string(end));
    return said.substr(0, said.find("|text/plain"));
  };
  EXPECT_EQ(name_of("form-data; name=\"a;b\"; filename=\"C:\\new\\a.txt\""), "<a;b|C:\\new\\a.txt");
  EXPECT_EQ(name_of("form-data; name=\"a\\\"b\\\\\"; filename=\"x%22\""), "<a\"b\\|x%22");
  EXPECT_EQ(name_of("Form-Data;NAME=a;FileName=\xc3\xa9; other=\"x\""),
            "400 a part's Content-Disposition is broken");
  EXPECT_EQ(name_of("Form-Data;NAME=a;FileName=\"\xc3\xa9\"; other=\"x\";"), "<a|\xc3\xa9");
  EXPECT_EQ(name_of("form-data; name=\"\""), "<|-");
}

TEST(MultipartParser, RefusesHeadsThatMayBeReadInTwoWays) {
  const std::vector<std::pair<std::string, std::string>> dispositions = {
      {"attachment; name=a", "400 a part's Content-Disposition is not form-data"},
      {"form-data", "400 a part has no name"},
      {"form-data; filename=x", "400 a part has no name"},
      {"form-data; name=a; name=b", "400 a part has two names"},
      {"form-data; name=a; filename=b; Filename=c", "400 a part has two file names"},
      {"form-data; name=a; filename*=utf-8''x",
       "400 filename* has no place in form-data (RFC 7578, section 4.2)"},
      {"form-data; name=\"a", "400 a part's Content-Disposition is broken"},
      {"form-data; name=\"a\"b", "400 a part's Content-Disposition is broken"},
      {"form-data; name=", "400 a part's Content-Disposition is broken"},
      {"form-data; name = a", "400 a part's Content-Disposition is broken"},
      {"form-data; name", "400 a part's Content-Disposition is broken"},
      {"form-data; name=a\x01", "400 a part's field is broken"},
  };
  for (const auto& [disposition, problem] : dispositions)
    EXPECT_EQ(whole(part("", disposition) + std::string(end)), problem) << disposition;

  const std::vector<std::pair<std::string, std::string>> more = {
      {"Content-Disposition: form-data; name=b\r\n", "400 a part has two Content-Dispositions"},
      {"Content-Type: a/b\r\ncontent-type: c/d\r\n", "400 a part has two Content-Types"},
      {"Content-Transfer-Encoding: base64\r\n",
       "400 a part is encoded; form-data is sent as it is (RFC 7578, section 4.7)"},
      {" folded\r\n", "400 a part's field is broken"},
      {"A b: c\r\n", "400 a part's field is broken"},
      {"A : c\r\n", "400 a part's field is broken"},
      {"no colon\r\n", "400 a part's field is broken"},
      {": no name\r\n", "400 a part's field is broken"},
      {"A: bare\nfeed\r\n", "400 a part's field is broken"},
      {"A: bare\rreturn\r\n", "400 a part's field is broken"},
      {"A: nul\0\r\n"s, "400 a part's field is broken"},
  };
  for (const auto& [lines, problem] : more)
    EXPECT_EQ(whole(part("", "form-data; name=a", lines) + std::string(end)), problem) << lines;

  EXPECT_EQ(
      whole(part("", "form-data; name=a", "Content-Transfer-Encoding: BINARY\r\nX-Y: \xff\r\n") +
            std::string(end)),
      std::string(a) + ";.");
}

TEST(MultipartParser, HoldsItsLimitsToTheByte) {
  const auto three = part("1") + part("2") + part("3") + std::string(end);
  EXPECT_EQ(whole(three, {.parts = 3}).back(), '.');
  EXPECT_EQ(whole(three, {.parts = 2}), "413 too many parts");
  EXPECT_EQ(whole(three, {.total_bytes = three.size()}).back(), '.');
  EXPECT_EQ(whole(three, {.total_bytes = three.size() - 1}), "413 the body is too long");

  const auto five = part("12\r\n5") + std::string(end);
  EXPECT_EQ(whole(five, {.part_bytes = 5}).back(), '.');
  EXPECT_EQ(whole(five, {.part_bytes = 4}), "413 a part is too long");

  const std::size_t head =
      std::string_view("Content-Disposition: form-data; name=a\r\n\r\n").size();
  EXPECT_EQ(whole(five, {.head_bytes = head}).back(), '.');
  EXPECT_EQ(whole(five, {.head_bytes = head - 1}), "413 a part's fields are too long");
}

TEST(MultipartParser, SaysInvalidForEver) {
  multipart_parser parser("b");
  std::string_view bad = "x", good = "--b--";
  EXPECT_EQ(parser.next(bad), event::invalid);
  EXPECT_EQ(parser.next(good), event::invalid);
  std::string_view none;
  EXPECT_EQ(parser.next(none), event::invalid);
}

}  // namespace
}  // namespace shoal
