#include "load/answer_scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::load {
namespace {

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: now\r\n\r\nhello";
const std::string other = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: NOW\r\n\r\nother";

scan take_once(std::string_view text, answer_check check = {}) {
  answer_scanner scanner(check);
  return scanner.take(text);
}

TEST(AnswerScanner, CountsAnswersInOnePiece) {
  const scan found = take_once(hello + other + hello + hello);
  EXPECT_EQ(found.answers, 4U);
  EXPECT_EQ(found.fault, answer_fault::none);
  EXPECT_FALSE(found.last);
}

TEST(AnswerScanner, CountsTheSameWhereverPiecesEnd) {
  const std::string text = hello + other + hello;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); second += 7) {
      answer_check check;
      answer_scanner scanner(check);
      const std::string_view all = text;
      unsigned answers = scanner.take(all.substr(0, first)).answers;
      answers += scanner.take(all.substr(first, second - first)).answers;
      answers += scanner.take(all.substr(second)).answers;
      ASSERT_EQ(answers, 3U) << first << ' ' << second;
      ASSERT_FALSE(scanner.partial());
    }
  }
}

TEST(AnswerScanner, KnowsThatItIsInTheMiddleOfAnAnswer) {
  answer_check check;
  answer_scanner scanner(check);
  (void)scanner.take(std::string_view(hello).substr(0, hello.size() - 1));
  EXPECT_TRUE(scanner.partial());
  EXPECT_EQ(scanner.take("o").answers, 1U);
  EXPECT_FALSE(scanner.partial());
}

TEST(AnswerScanner, DoesNotTakeAPrefixOfALongerAnswerForAKnownOne) {
  answer_check check;
  answer_scanner scanner(check);
  const std::string empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(scanner.take(empty + empty).answers, 2U);
  EXPECT_EQ(scanner.take("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc" + empty).answers, 2U);
}

TEST(AnswerScanner, CountsARefusalOnlyWhereItMayBe) {
  const std::string later = "HTTP/1.1 503 No\r\nRetry-After: 1\r\nContent-Length: 5\r\n\r\nlater";
  EXPECT_EQ(take_once(later).fault, answer_fault::status);
  const scan found = take_once(hello + later + hello + later,
                               {.compare_body = true, .body = "hello", .may_refuse = true});
  EXPECT_EQ(found.fault, answer_fault::none);
  EXPECT_EQ(found.answers, 4U);
  EXPECT_EQ(found.refusals, 2U);
}

TEST(AnswerScanner, RefusesARefusalThatDoesNotSayWhenToComeBack) {
  const std::string never = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(take_once(never, {.may_refuse = true}).fault, answer_fault::status);
}

TEST(AnswerScanner, RefusesAnotherStatus) {
  EXPECT_EQ(take_once("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").fault, answer_fault::status);
  EXPECT_EQ(take_once("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", {.status = 404}).answers, 1U);
}

TEST(AnswerScanner, RefusesAWrongAnswerAfterRightOnes) {
  const scan found = take_once(hello + hello + "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(found.answers, 2U);
  EXPECT_EQ(found.fault, answer_fault::status);
}

TEST(AnswerScanner, RefusesWhatIsNotAnAnswerWithALength) {
  for (const char* text :
       {"HTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n"}) {
    EXPECT_EQ(take_once(text).fault, answer_fault::framing) << text;
  }
}

TEST(AnswerScanner, RefusesAHeadWithoutEnd) {
  EXPECT_EQ(take_once("HTTP/1.1 200 OK\r\n" + std::string(20'000, 'x')).fault,
            answer_fault::framing);
}

TEST(AnswerScanner, ComparesTheBodyWhenAsked) {
  const answer_check check{.compare_body = true, .body = "hello"};
  EXPECT_EQ(take_once(hello + hello, check).answers, 2U);
  const scan found = take_once(hello + other, check);
  EXPECT_EQ(found.answers, 1U);
  EXPECT_EQ(found.fault, answer_fault::body);
  EXPECT_EQ(take_once("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", check).fault,
            answer_fault::body);
}

TEST(AnswerScanner, ComparesABodyThatComesInPieces) {
  answer_check check{.compare_body = true, .body = "hello"};
  answer_scanner scanner(check);
  (void)scanner.take(std::string_view(other).substr(0, other.size() - 5));
  EXPECT_EQ(scanner.take("h").fault, answer_fault::none);
  EXPECT_EQ(scanner.take("elLo").fault, answer_fault::body);
}

TEST(AnswerScanner, StopsAtTheLastAnswer) {
  const scan found =
      take_once("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok" + hello);
  EXPECT_EQ(found.answers, 1U);
  EXPECT_TRUE(found.last);
}

TEST(AnswerScanner, ExpectsNoBodyAfterHeadAndNotModified) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n";
  EXPECT_EQ(take_once(head + head, {.head_only = true}).answers, 2U);
  EXPECT_EQ(take_once("HTTP/1.1 304 Not Modified\r\n\r\n", {.status = 304}).answers, 1U);
}

TEST(AnswerScanner, IgnoresCaseAndSpaceOfFields) {
  EXPECT_EQ(take_once("HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh:\t2 \r\n\r\nok").answers, 1U);
}

TEST(AnswerScanner, StartsAfreshAfterClear) {
  answer_check check;
  answer_scanner scanner(check);
  (void)scanner.take("HTTP/1.1 200 OK\r\nContent-Le");
  scanner.clear();
  EXPECT_EQ(scanner.take(hello).answers, 1U);
}

}  // namespace
}  // namespace shoal::load
