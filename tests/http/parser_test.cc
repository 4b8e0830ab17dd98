#include "http/parser.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "head_cases.h"

namespace shoal::http {
namespace {

/// Bytes in a block of exactly their size, so that a sanitizer sees a read beyond them.
class exact_copy final {
 public:
  explicit exact_copy(std::string_view text) : block_(new char[text.size()]), size_(text.size()) {
    if (size_ != 0) std::memcpy(block_.get(), text.data(), size_);
  }
  [[nodiscard]] std::string_view view() const { return {block_.get(), size_}; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t size_;
};

std::string body_text(const head& h) {
  if (h.body == framing::none) return "none";
  if (h.body == framing::chunked) return "chunked";
  return "length=" + std::to_string(h.content_length);
}

std::string describe(const head& h) {
  std::string out = std::string(to_string(h.verb)) + " " + std::string(h.text(h.path));
  if (h.query.size != 0) out += "?" + std::string(h.text(h.query));
  out += " " + std::string(h.text(h.host)) + " 1." + std::to_string(h.minor_version) + " " +
         body_text(h) + (h.keep_alive ? " keep" : " close");
  return out + (h.expects_continue ? "+100" : "");
}

/// Everything that a head says, to compare two of them.
std::string all_of(const head& h) {
  std::string out =
      describe(h) + " " + std::to_string(h.size) + " " + std::string(h.text(h.target));
  for (std::size_t i = 0; i < h.field_count; ++i)
    out += "\n[" + std::string(h.text(h.fields[i].name)) + "]=[" +
           std::string(h.text(h.fields[i].value)) + "]";
  return out;
}

struct answer {
  parse_status status;
  std::string text;  ///< the head, or the status of the refusal
  std::size_t skipped = 0;
  std::size_t size = 0;
};

answer parse_piece(std::string_view bytes, const head_limits& limits, parse_progress& progress,
                   std::string (*show)(const head&)) {
  const exact_copy copy(bytes);
  const auto out = std::make_unique<head>();
  const parse_result result = parse_head(copy.view(), limits, progress, *out);
  if (result.status == parse_status::partial) return {result.status, "partial"};
  if (result.status == parse_status::invalid)
    return {result.status, std::to_string(result.error_status)};
  EXPECT_EQ(static_cast<const void*>(out->base), copy.view().data() + result.skipped);
  return {result.status, show(*out), result.skipped, out->size};
}

answer parse_whole(std::string_view bytes, const head_limits& limits = {},
                   std::string (*show)(const head&) = all_of) {
  parse_progress progress;
  return parse_piece(bytes, limits, progress, show);
}

/// The bytes arrive up to each of `cuts` (ascending), then all. The first answer, and how many
/// bytes it took.
answer parse_cut(std::string_view bytes, const std::vector<std::size_t>& cuts,
                 const head_limits& limits = {}) {
  parse_progress progress;
  for (const std::size_t cut : cuts) {
    answer a = parse_piece(bytes.substr(0, cut), limits, progress, all_of);
    if (a.status != parse_status::partial) return a;
  }
  return parse_piece(bytes, limits, progress, all_of);
}

std::vector<std::size_t> every_byte(std::size_t size) {
  std::vector<std::size_t> cuts;
  for (std::size_t i = 0; i < size; ++i) cuts.push_back(i);
  return cuts;
}

std::string label(const head_case& c) {
  return "rule " + std::string(c.rule) + ": " + testing::PrintToString(c.bytes);
}

TEST(Parser, AnswersEachCaseOfTheTable) {
  const auto cases = head_cases();
  EXPECT_GE(cases.size(), 250U);
  for (const auto& c : cases)
    EXPECT_EQ(parse_whole(c.bytes, {}, describe).text, c.expected) << label(c);
}

TEST(Parser, LeavesAloneWhatFollowsTheHead) {
  for (const auto& c : head_cases()) {
    const answer alone = parse_whole(c.bytes);
    const answer first = parse_whole(c.bytes + "GET /next HTTP/1.1\r\n");
    EXPECT_EQ(first.text, alone.text) << label(c);
    if (alone.status == parse_status::complete) {
      EXPECT_EQ(alone.skipped + alone.size, c.bytes.size()) << label(c);
    }
  }
}

TEST(Parser, AnswersTheSameByteByByte) {
  for (const auto& c : head_cases())
    EXPECT_EQ(parse_cut(c.bytes, every_byte(c.bytes.size())).text, parse_whole(c.bytes).text)
        << label(c);
}

TEST(Parser, AnswersTheSameCutAnywhere) {
  for (const auto& c : head_cases()) {
    const std::string expected = parse_whole(c.bytes).text;
    for (std::size_t cut = 0; cut <= c.bytes.size(); ++cut)
      EXPECT_EQ(parse_cut(c.bytes, {cut}).text, expected) << "cut at " << cut << ", " << label(c);
  }
}

TEST(Parser, IsNeverCompleteTooEarly) {
  for (const auto& c : head_cases()) {
    const answer whole = parse_whole(c.bytes);
    for (std::size_t size = 0; size < c.bytes.size(); ++size) {
      const answer part = parse_whole(std::string_view(c.bytes).substr(0, size));
      EXPECT_NE(part.status, parse_status::complete) << size << " bytes of " << label(c);
      if (part.status == parse_status::invalid) {
        EXPECT_EQ(part.text, whole.text) << label(c);
      }
    }
  }
}

TEST(Parser, RefusesABadLineAsSoonAsItEnds) {
  const std::string_view bad = "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n";
  EXPECT_EQ(parse_cut(bad, every_byte(bad.size())).text, "400");
  const std::string_view twice =
      "GET / HTTP/1.1\r\nContent-Length: 5\r\nX: y\r\nContent-Length: 5\r\n";
  EXPECT_EQ(parse_cut(twice, every_byte(twice.size())).text, "400");
  const std::string_view old = "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n";
  EXPECT_EQ(parse_cut(old, every_byte(old.size())).text, "400");
}

TEST(Parser, RefusesAtOnceWhatCannotBeginAMethod) {
  for (int c = 0; c < 256; ++c) {
    const std::string one(1, static_cast<char>(c));
    const bool begins = std::strchr("!#$%&'*+-.^_`|~\r", c) != nullptr || std::isalnum(c) != 0;
    EXPECT_EQ(parse_whole(one).text, begins && c != 0 ? "partial" : "400") << c;
  }
}

TEST(Parser, KeepsNamesAndValuesAsSent) {
  const std::string bytes = "GET / HTTP/1.1\r\nHOST: a\r\nx-Y:\t b  c \r\nEmpty:\r\n\r\n";
  head h;
  parse_progress progress;
  ASSERT_EQ(parse_head(bytes, {}, progress, h).status, parse_status::complete);
  ASSERT_EQ(h.field_count, 3);
  EXPECT_EQ(h.text(h.fields[0].name), "HOST");
  ASSERT_NE(h.find("x-y"), nullptr);
  EXPECT_EQ(h.text(h.find("x-y")->value), "b  c");
  ASSERT_NE(h.find("empty"), nullptr);
  EXPECT_EQ(h.text(h.find("empty")->value), "");
  EXPECT_EQ(h.find("none"), nullptr);
}

TEST(Parser, ReadsAHeadAtAnotherBase) {
  const std::string bytes = "\r\nGET /p?q HTTP/1.1\r\nHost: a\r\n\r\n";
  head h;
  parse_progress progress;
  const parse_result r = parse_head(bytes, {}, progress, h);
  ASSERT_EQ(r.skipped, 2U);
  const std::string copy = bytes.substr(r.skipped, h.size);
  h.base = copy.data();
  EXPECT_EQ(describe(h), "GET /p?q a 1.1 none keep");
}

std::string request_of_line_size(std::size_t size) {
  const std::string rest = "GET / HTTP/1.1";
  return "GET /" + std::string(size - rest.size(), 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

TEST(Parser, TakesARequestLineOfTheLimitAndNoLonger) {
  const head_limits limits{.request_line_bytes = 100};
  for (std::size_t size = 90; size < 140; ++size) {
    const std::string bytes = request_of_line_size(size);
    const answer whole = parse_whole(bytes, limits);
    EXPECT_EQ(whole.status, size <= 100 ? parse_status::complete : parse_status::invalid) << size;
    if (size > 100) {
      EXPECT_EQ(whole.text, "414");
    }
    EXPECT_EQ(parse_cut(bytes, every_byte(bytes.size()), limits).text, whole.text);
  }
  EXPECT_EQ(parse_whole(std::string(100, 'A'), limits).text, "partial");
  EXPECT_EQ(parse_whole(std::string(101, 'A'), limits).text, "414");
  EXPECT_EQ(parse_whole(std::string(100, 'A') + "\r", limits).text, "partial");
  EXPECT_EQ(parse_whole(std::string(200, 'A') + " / HTTP/9.9\r\n", limits).text, "414");
}

TEST(Parser, TakesAHeadOfTheLimitAndNoLarger) {
  const head_limits limits{.head_bytes = 200};
  const std::string around = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
  for (std::size_t size = 190; size < 230; ++size) {
    const std::string bytes =
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size - around.size(), 'x') + "\r\n\r\n";
    ASSERT_EQ(bytes.size(), size);
    const answer whole = parse_whole(bytes + "behind it", limits);
    EXPECT_EQ(whole.status, size <= 200 ? parse_status::complete : parse_status::invalid) << size;
    if (size > 200) {
      EXPECT_EQ(whole.text, "431");
    }
    EXPECT_EQ(parse_cut(bytes, every_byte(bytes.size()), limits).text, whole.text) << size;
  }
}

TEST(Parser, TakesAsManyFieldsAsTheLimitAndNoMore) {
  const head_limits limits{.fields = 10};
  for (int count = 8; count < 14; ++count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (int i = 1; i < count; ++i) bytes += "X: y\r\n";
    bytes += "\r\n";
    const answer whole = parse_whole(bytes, limits);
    EXPECT_EQ(whole.status, count <= 10 ? parse_status::complete : parse_status::invalid) << count;
    if (count > 10) {
      EXPECT_EQ(whole.text, "431");
    }
    EXPECT_EQ(parse_cut(bytes, every_byte(bytes.size()), limits).text, whole.text) << count;
  }
}

TEST(Parser, NeverGoesBeyondWhatItsOffsetsAndItsArrayHold) {
  const auto most = std::numeric_limits<std::uint32_t>::max();
  const head_limits limits{.request_line_bytes = most, .head_bytes = most, .fields = most};
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 1; i < max_fields; ++i) many += "X: y\r\n";
  EXPECT_EQ(parse_whole(many + "\r\n", limits).status, parse_status::complete);
  EXPECT_EQ(parse_whole(many + "X: y\r\n\r\n", limits).text, "431");
  const std::string around = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
  const auto of_size = [&](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size - around.size(), 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(parse_whole(of_size(max_head_bytes), limits).status, parse_status::complete);
  EXPECT_EQ(parse_whole(of_size(max_head_bytes + 1), limits).text, "431");
  EXPECT_EQ(parse_whole(request_of_line_size(70000), limits).text, "431");
}

std::uint64_t test_seed() {
  const char* given = std::getenv("SHOAL_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 0) : 20240601;
  std::cout << "seed " << seed << " (SHOAL_SEED)\n";
  return seed;
}

std::string mutate(std::string text, const std::vector<head_case>& cases, random_source& random) {
  static constexpr std::string_view pieces[] = {"\r\n",
                                                "\r",
                                                "\n",
                                                ":",
                                                " ",
                                                "\t",
                                                "%",
                                                "?",
                                                ",",
                                                "/",
                                                "*",
                                                "\r\n\r\n",
                                                "%41",
                                                "#",
                                                "HTTP/1.0",
                                                "Host: b\r\n",
                                                "GET ",
                                                "Content-Length: 7\r\n",
                                                "Transfer-Encoding: chunked\r\n"};
  for (std::uint64_t edits = 1 + random.below(3); edits != 0; --edits) {
    const std::size_t at = random.below(text.size() + 1);
    switch (random.below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        text.erase(at, 1 + random.below(4));
        break;
      case 2:
        text.insert(at, pieces[random.below(std::size(pieces))]);
        break;
      case 3:
        text.insert(at, 1, static_cast<char>(random.below(256)));
        break;
      case 4:
        text.insert(at, text.substr(random.below(text.size() + 1), random.below(30)));
        break;
      default: {
        const std::string& other = cases[random.below(cases.size())].bytes;
        text = text.substr(0, at) + other.substr(random.below(other.size() + 1));
      }
    }
  }
  return text;
}

TEST(Parser, AnswersTheSameForMutatedHeadsHoweverTheyAreCut) {
  random_source random(test_seed());
  const auto cases = head_cases();
  std::vector<std::string> good;
  for (const auto& c : cases)
    if (std::isdigit(c.expected.front()) == 0) good.push_back(c.bytes);
  int complete = 0;
  for (int i = 0; i < 200'000; ++i) {
    const std::string bytes = mutate(good[random.below(good.size())], cases, random);
    head_limits limits;
    if (random.one_in(4))
      limits = {static_cast<std::uint32_t>(1 + random.below(60)),
                static_cast<std::uint32_t>(1 + random.below(120)),
                static_cast<std::uint32_t>(random.below(5))};
    const answer whole = parse_whole(bytes, limits);
    complete += whole.status == parse_status::complete ? 1 : 0;
    std::size_t first = random.below(bytes.size() + 1);
    std::size_t second = random.below(bytes.size() + 1);
    if (first > second) std::swap(first, second);
    for (const auto& cuts : {every_byte(bytes.size()), {first, second}})
      ASSERT_EQ(parse_cut(bytes, cuts, limits).text, whole.text)
          << testing::PrintToString(bytes) << " line " << limits.request_line_bytes << " head "
          << limits.head_bytes << " fields " << limits.fields;
  }
  EXPECT_GT(complete, 10'000);  // or the mutations are too wild to say much
}

}  // namespace
}  // namespace shoal::http
