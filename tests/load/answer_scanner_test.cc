#include "load/answer_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::load {
namespace {

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\n\r\nhello";
const std::string other = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: NOW\r\n\r\nother";

/// What became of the answers in a piece.
struct outcome {
  unsigned right = 0;
  unsigned refused = 0;
  unsigned incomplete = 0;  ///< 1: the last one is still to end
  bool last = false;
  answer_fault fault = answer_fault::none;  ///< the first; nothing is read behind it
};

outcome take(answer_scanner& scanner, answer_check& check, std::string_view piece) {
  outcome all;
  while (!piece.empty() && !all.last && all.fault == answer_fault::none) {
    const reading found = scanner.take(piece, check);
    all.fault = found.fault;
    all.right += found.complete && found.fault == answer_fault::none ? 1 : 0;
    all.refused += found.refused ? 1 : 0;
    all.last = found.last;
    all.incomplete = found.complete ? 0 : 1;
    if (!found.complete && found.fault == answer_fault::none) {
      EXPECT_TRUE(piece.empty());
    }
  }
  return all;
}

outcome take_once(std::string_view text, const expectation& wanted = {}, bool head_only = false) {
  answer_check check{.wanted = wanted, .head_only = head_only};
  answer_scanner scanner;
  return take(scanner, check, text);
}

answer_fault fault_of(std::string_view text, const expectation& wanted = {}) {
  return take_once(text, wanted).fault;
}

TEST(AnswerScanner, CountsAnswersInOnePiece) {
  const outcome found = take_once(hello + other + hello + hello);
  EXPECT_EQ(found.right, 4U);
  EXPECT_EQ(found.fault, answer_fault::none);
  EXPECT_FALSE(found.last);
}

TEST(AnswerScanner, CountsTheSameWhereverPiecesEnd) {
  const std::string chunked =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nhel\r\n2;a=b\r\nlo\r\n0\r\nT: v\r\n\r\n";
  const std::string text = hello + chunked + hello;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); second += 7) {
      answer_check check{.wanted = {.body = "hello"}};
      answer_scanner scanner;
      const std::string_view all = text;
      unsigned right = take(scanner, check, all.substr(0, first)).right;
      right += take(scanner, check, all.substr(first, second - first)).right;
      right += take(scanner, check, all.substr(second)).right;
      ASSERT_EQ(right, 3U) << first << ' ' << second;
      ASSERT_FALSE(scanner.partial());
    }
  }
}

TEST(AnswerScanner, KnowsThatItIsInTheMiddleOfAnAnswer) {
  answer_check check;
  answer_scanner scanner;
  (void)take(scanner, check, std::string_view(hello).substr(0, hello.size() - 1));
  EXPECT_TRUE(scanner.partial());
  EXPECT_EQ(take(scanner, check, "o").right, 1U);
  EXPECT_FALSE(scanner.partial());
}

TEST(AnswerScanner, DoesNotTakeAPrefixOfALongerAnswerForAKnownOne) {
  answer_check check;
  answer_scanner scanner;
  const std::string empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(take(scanner, check, empty + empty).right, 2U);
  const std::string longer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  EXPECT_EQ(take(scanner, check, longer + empty).right, 2U);
}

TEST(AnswerScanner, CountsARefusalOnlyWhereItMayBe) {
  const std::string later = "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater";
  EXPECT_EQ(fault_of(later), answer_fault::status);
  const outcome found =
      take_once(hello + later + hello + later, {.body = "hello", .may_refuse = true});
  EXPECT_EQ(found.fault, answer_fault::none);
  EXPECT_EQ(found.right, 4U);
  EXPECT_EQ(found.refused, 2U);
}

TEST(AnswerScanner, RefusesARefusalThatDoesNotSayWhenToComeBack) {
  const std::string never = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(fault_of(never, {.may_refuse = true}), answer_fault::status);
}

TEST(AnswerScanner, WantsSuccessUnlessToldOtherwise) {
  EXPECT_EQ(fault_of("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), answer_fault::status);
  EXPECT_EQ(fault_of("HTTP/1.1 301 No\r\nContent-Length: 0\r\n\r\n"), answer_fault::status);
  EXPECT_EQ(fault_of("HTTP/1.1 201 Yes\r\nContent-Length: 0\r\n\r\n"), answer_fault::none);
  EXPECT_EQ(fault_of("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", {.status = 404}),
            answer_fault::none);
  EXPECT_EQ(fault_of(hello, {.status = 404}), answer_fault::status);
}

TEST(AnswerScanner, ReadsAnAnswerWithAnotherStatusToItsEnd) {
  answer_check check{.wanted = {.body = "hello"}};
  answer_scanner scanner;
  std::string_view piece = "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nnoHTTP/1.1 200";
  const reading found = scanner.take(piece, check);
  EXPECT_TRUE(found.complete);
  EXPECT_EQ(found.fault, answer_fault::status);
  EXPECT_EQ(piece, "HTTP/1.1 200");
  EXPECT_FALSE(scanner.partial());
}

TEST(AnswerScanner, RefusesWhoseEndCannotBeKnown) {
  for (const char* text :
       {"HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\nx", "HTTP/1.1 101 Other\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n"}) {
    EXPECT_EQ(fault_of(text), answer_fault::framing) << text;
  }
}

TEST(AnswerScanner, RefusesAHeadWithoutEnd) {
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x')), answer_fault::framing);
}

TEST(AnswerScanner, ComparesTheBodyWhenAsked) {
  const expectation wanted{.body = "hello"};
  EXPECT_EQ(take_once(hello + hello, wanted).right, 2U);
  const outcome found = take_once(hello + other, wanted);
  EXPECT_EQ(found.right, 1U);
  EXPECT_EQ(found.fault, answer_fault::body);
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", wanted),
            answer_fault::length);
  EXPECT_EQ(fault_of("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!", wanted),
            answer_fault::length);
}

TEST(AnswerScanner, ComparesABodyThatComesInPieces) {
  answer_check check{.wanted = {.body = "hello"}};
  answer_scanner scanner;
  (void)take(scanner, check, std::string_view(other).substr(0, other.size() - 5));
  EXPECT_EQ(take(scanner, check, "h").incomplete, 1U);
  EXPECT_EQ(take(scanner, check, "elLo").fault, answer_fault::body);
}

TEST(AnswerScanner, ComparesTheLengthAlone) {
  EXPECT_EQ(fault_of(hello, {.length = 5}), answer_fault::none);
  EXPECT_EQ(fault_of(hello, {.length = 6}), answer_fault::length);
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n";
  EXPECT_EQ(take_once(head, {.length = 13}, true).fault, answer_fault::none);
  EXPECT_EQ(take_once(head, {.length = 12}, true).fault, answer_fault::length);
}

TEST(AnswerScanner, WantsTheFirstBodyAgain) {
  first_body first;
  answer_check check{.wanted = {.same = true}, .first = &first};
  answer_scanner one;
  answer_scanner two;
  // Both are in the middle of an answer before there is a first one.
  (void)take(one, check, std::string_view(hello).substr(0, hello.size() - 1));
  (void)take(two, check, std::string_view(other).substr(0, other.size() - 1));
  EXPECT_EQ(take(one, check, "o").right, 1U);
  EXPECT_EQ(take(two, check, "r").fault, answer_fault::body);
  EXPECT_EQ(take(two, check, hello).right, 1U);
  answer_check of_another_thread{.wanted = {.same = true}, .first = &first};
  EXPECT_EQ(take(two, of_another_thread, other).fault, answer_fault::body);
}

TEST(AnswerScanner, StopsAtTheLastAnswer) {
  for (const char* fields : {"Connection: close\r\n", "Connection: x, Close\r\n"}) {
    const outcome found = take_once(std::string("HTTP/1.1 200 OK\r\n") + fields +
                                    "Content-Length: 2\r\n\r\nok" + hello);
    EXPECT_EQ(found.right, 1U) << fields;
    EXPECT_TRUE(found.last) << fields;
  }
}

TEST(AnswerScanner, TakesAnOldAnswerForTheLastUnlessItSaysOtherwise) {
  const std::string old = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n";
  EXPECT_TRUE(take_once(old + "\r\nok").last);
  EXPECT_FALSE(take_once(old + "Connection: keep-alive\r\n\r\nok").last);
}

TEST(AnswerScanner, EndsAnAnswerWithTheConnectionThatHasNoOtherEnd) {
  answer_check check{.wanted = {.body = "all of it"}};
  answer_scanner scanner;
  EXPECT_EQ(take(scanner, check, "HTTP/1.1 200 OK\r\n\r\nall of").incomplete, 1U);
  EXPECT_EQ(take(scanner, check, " it").incomplete, 1U);
  const reading found = scanner.end(check);
  EXPECT_TRUE(found.complete && found.last);
  EXPECT_EQ(found.fault, answer_fault::none);

  (void)take(scanner, check, "HTTP/1.1 200 OK\r\n\r\nall of");
  EXPECT_EQ(scanner.end(check).fault, answer_fault::length);
  (void)take(scanner, check, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nall of");
  EXPECT_FALSE(scanner.end(check).complete) << "that one says where it ends";
}

TEST(AnswerScanner, ExpectsNoBodyWhereThereIsNone) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n";
  EXPECT_EQ(take_once(head + head, {}, true).right, 2U);
  EXPECT_EQ(take_once("HTTP/1.1 304 Not Modified\r\n\r\n", {.status = 304}).right, 1U);
  EXPECT_EQ(take_once("HTTP/1.1 204 No\r\n\r\n" + hello).right, 2U);
}

TEST(AnswerScanner, IgnoresCaseAndSpaceOfFields) {
  EXPECT_EQ(take_once("HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:\t2 \r\n\r\nok").right, 1U);
}

TEST(AnswerScanner, StartsAfreshAfterClear) {
  answer_check check;
  answer_scanner scanner;
  (void)take(scanner, check, "HTTP/1.1 200 OK\r\nContent-Le");
  scanner.clear();
  EXPECT_EQ(take(scanner, check, hello).right, 1U);
}

}  // namespace
}  // namespace shoal::load
