#include "shoal/http/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "http/site.h"
#include "tree.h"

namespace shoal::http {
namespace {

constexpr const char* changed = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view digits = "0123456789";

class Files : public testing::Test {
 protected:
  void serve(files_options options = {}) {
    site_.routes.get<"/static/{path...}">(files(tree_.root(), std::move(options)));
    site_.open();
  }

  parsed_answer ask(const std::string& target, const std::string& fields = {},
                    const std::string& method = "GET") {
    if (!site_.server) serve();
    auto& client = site_.send(method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + fields +
                              "Connection: close\r\n\r\n");
    site_.pass(std::chrono::milliseconds(10));
    EXPECT_TRUE(client.ended()) << target;
    return parsed_answer(client.received());
  }

  std::string etag_of(const std::string& target) {
    const auto answer = ask(target);
    const auto at = answer.head.find("ETag: ");
    if (at == std::string::npos) return "none";
    return answer.head.substr(at + 6, answer.head.find("\r\n", at) - at - 6);
  }

  tree tree_;
  site site_;
};

TEST_F(Files, AFileIsSentWithWhatIsKnownOfIt) {
  tree_.write("a.txt", digits);
  const auto answer = ask("/static/a.txt");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.rest, digits);
  EXPECT_TRUE(answer.has("Content-Length: 10"));
  EXPECT_TRUE(answer.has("Content-Type: text/plain; charset=utf-8"));
  EXPECT_TRUE(answer.has("Last-Modified: " + std::string(changed)));
  EXPECT_TRUE(answer.has("Accept-Ranges: bytes"));
  EXPECT_NE(answer.head.find("\r\nETag: \""), std::string::npos);
  EXPECT_EQ(answer.head.find("Vary"), std::string::npos);
  EXPECT_EQ(answer.head.find("Cache-Control"), std::string::npos);
}

TEST_F(Files, HeadHasTheSameHeadAndNoBody) {
  tree_.write("a.txt", digits);
  const auto get = ask("/static/a.txt");
  const auto head = ask("/static/a.txt", "", "HEAD");
  EXPECT_EQ(head.head, get.head);
  EXPECT_EQ(head.rest, "");
}

TEST_F(Files, ALargeFileArrivesExact) {
  std::string large;
  while (large.size() < 3'000'000) large += std::to_string(large.size()) + ' ';
  tree_.write("large.bin", large);
  const auto answer = ask("/static/large.bin");
  EXPECT_TRUE(answer.rest == large);
}

TEST_F(Files, AnEmptyFileIsAnEmptyAnswer) {
  tree_.write("empty.css", "");
  const auto answer = ask("/static/empty.css", "Range: bytes=0-\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_TRUE(answer.has("Content-Length: 0"));
  EXPECT_TRUE(answer.has("Content-Type: text/css; charset=utf-8"));
}

TEST_F(Files, ConnectionsStayOpenBetweenFiles) {
  tree_.write("a.txt", "first");
  tree_.write("b.txt", "second");
  serve();
  auto& client = site_.send(
      "GET /static/a.txt HTTP/1.1\r\nHost: h\r\n\r\nGET /static/b.txt HTTP/1.1\r\nHost: h\r\n\r\n"
      "GET /static/none HTTP/1.1\r\nHost: h\r\n\r\nGET /static/a.txt HTTP/1.1\r\nHost: h\r\n\r\n");
  site_.pass(std::chrono::milliseconds(10));
  EXPECT_EQ(bodies_of(client.received()),
            "first|second|" + problem_body(status::not_found) + "|first");
}

TEST_F(Files, OptionsChangeTheFieldsAndTheTypeOfWhatIsUnknown) {
  tree_.write("README", digits);
  serve({.cache_control = "public, max-age=60", .default_type = "text/x-any"});
  const auto answer = ask("/static/README");
  EXPECT_TRUE(answer.has("Cache-Control: public, max-age=60"));
  EXPECT_TRUE(answer.has("Content-Type: text/x-any"));
}

TEST_F(Files, ADirectoryIsItsIndex) {
  tree_.write("index.html", "root");
  tree_.write("docs/index.html", "docs");
  tree_.write("empty/other.html", "");
  EXPECT_EQ(ask("/static/").rest, "root");
  EXPECT_EQ(ask("/static/docs/").rest, "docs");
  EXPECT_EQ(ask("/static/empty/").status, 404);
  EXPECT_TRUE(ask("/static/docs/").has("Content-Type: text/html; charset=utf-8"));
}

TEST_F(Files, ADirectoryWithoutASlashIsRedirectedAndNeverToAnotherHost) {
  tree_.write("a/docs/index.html", "docs");
  tree_.write("a:b/index.html", "");
  const auto answer = ask("/static/a/docs?x=1&y=//h");
  EXPECT_EQ(answer.status, 301);
  EXPECT_TRUE(answer.has("Location: ./docs/?x=1&y=//h"));
  EXPECT_TRUE(ask("/static/a:b").has("Location: ./a:b/"));
  EXPECT_EQ(ask("/static//evil.example").status, 404);
  EXPECT_EQ(ask("/static//a").status, 404);
}

TEST_F(Files, WithoutAnIndexDirectoriesAreNotFound) {
  tree_.write("index.html", "root");
  tree_.write("docs/index.html", "docs");
  serve({.index = ""});
  EXPECT_EQ(ask("/static/").status, 404);
  EXPECT_EQ(ask("/static/docs").status, 404);
  EXPECT_EQ(ask("/static/docs/").status, 404);
  EXPECT_EQ(ask("/static/index.html").rest, "root");
}

TEST_F(Files, WhatIsNotThereIsNotFound) {
  tree_.write("a.txt", digits);
  tree_.write("index.html/index.html", "a directory of that name");
  for (const char* target : {"/static/b.txt", "/static/a.txt/", "/static/a.txt/b", "/static/"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
  EXPECT_EQ(ask("/static/" + std::string(300, 'x')).status, 404);
}

TEST_F(Files, NothingOutsideTheDirectoryIsReached) {
  tree_.write("a/b.txt", digits);
  std::ofstream(tree_.outer() / "secret.txt") << "secret";
  for (const char* target :
       {"/static/../secret.txt", "/static/%2e%2e/secret.txt", "/static/a/../../secret.txt",
        "/static/a/%2E./%2e%2E/secret.txt", "/static/..%2fsecret.txt", "/static/..%5csecret.txt",
        "/static/%2fetc/passwd", "/static//etc/passwd", "/static/..%252fsecret.txt", "/static/..",
        "/static/.", "/static/a/.", "/static/a%2fb.txt", "/static/a/b.txt%00.html"}) {
    const auto answer = ask(target);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << target << ": " << answer.status;
    EXPECT_EQ(answer.rest.find("secret"), std::string::npos) << target;
  }
}

TEST_F(Files, SymbolicLinksAreFollowedInsideAndNeverLeave) {
  tree_.write("real/a.txt", digits);
  std::ofstream(tree_.outer() / "secret.txt") << "secret";
  namespace fs = std::filesystem;
  fs::create_symlink("real/a.txt", tree_.root() / "inside.txt");
  fs::create_symlink("real", tree_.root() / "dir");
  fs::create_symlink("../secret.txt", tree_.root() / "out.txt");
  fs::create_symlink(tree_.outer() / "secret.txt", tree_.root() / "absolute.txt");
  fs::create_symlink("..", tree_.root() / "up");
  fs::create_symlink("loop", tree_.root() / "loop");
  EXPECT_EQ(ask("/static/inside.txt").rest, digits);
  EXPECT_EQ(ask("/static/dir/a.txt").rest, digits);
  for (const char* target : {"/static/out.txt", "/static/absolute.txt", "/static/up/secret.txt",
                             "/static/up/root/real/a.txt", "/static/loop"}) {
    EXPECT_EQ(ask(target).status, 404) << target;
  }
}

TEST_F(Files, FifosAndDevicesAreNotFoundAndDoNotBlock) {
  ASSERT_EQ(::mkfifo((tree_.root() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(ask("/static/fifo").status, 404);
  if (::mknod((tree_.root() / "null").c_str(), S_IFCHR | 0600, 1 << 8 | 3) != 0) {
    GTEST_SKIP() << "only root can make a device";
  }
  EXPECT_EQ(ask("/static/null").status, 404);
}

TEST_F(Files, DotFilesAreServedOnRequest) {
  tree_.write(".env", "password");
  tree_.write(".well-known/x", "known");
  EXPECT_EQ(ask("/static/.env").status, 404);
  EXPECT_EQ(ask("/static/.well-known/x").rest, "known");
}

TEST_F(Files, WhatMayNotBeReadIsForbidden) {
  tree_.write("a.txt", digits);
  ASSERT_EQ(::chmod((tree_.root() / "a.txt").c_str(), 0), 0);
  const auto answer = ask("/static/a.txt");
  if (answer.status == 200) GTEST_SKIP() << "this user may read everything";
  EXPECT_EQ(answer.status, 403);
}

TEST_F(Files, ConditionsAreJudged) {
  tree_.write("a.txt", digits);
  serve({.cache_control = "no-cache"});
  const auto etag = etag_of("/static/a.txt");
  const auto same = ask("/static/a.txt", "If-None-Match: \"x\"\r\nIf-None-Match: " + etag + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(same.rest, "");
  EXPECT_TRUE(same.has("ETag: " + etag));
  EXPECT_TRUE(same.has("Cache-Control: no-cache"));
  EXPECT_EQ(same.head.find("Content-"), std::string::npos);
  EXPECT_EQ(ask("/static/a.txt", "If-Modified-Since: " + std::string(changed) + "\r\n").status,
            304);
  EXPECT_EQ(ask("/static/a.txt", "If-Match: \"x\"\r\n").status, 412);
  EXPECT_EQ(ask("/static/a.txt", "If-Match: " + etag + "\r\n").status, 200);
  EXPECT_EQ(ask("/static/a.txt", "If-None-Match: " + etag + "\r\n", "HEAD").status, 304);
  EXPECT_EQ(ask("/static/a.txt", "If-None-Match: " + etag + "\r\nRange: bytes=0-0\r\n").status,
            304);
}

TEST_F(Files, ADateThatComesTwiceIsNone) {
  tree_.write("a.txt", digits);
  const std::string field = "If-Modified-Since: " + std::string(changed) + "\r\n";
  EXPECT_EQ(ask("/static/a.txt", field + field).status, 200);
}

TEST_F(Files, ChangesAreSeenWithinASecond) {
  tree_.write("a.txt", "old");
  EXPECT_EQ(ask("/static/a.txt").rest, "old");
  const auto before = etag_of("/static/a.txt");
  tree_.write("a.txt", "new!");
  EXPECT_EQ(ask("/static/a.txt").rest, "old");
  site_.pass(std::chrono::seconds(1));
  EXPECT_EQ(ask("/static/a.txt").rest, "new!");
  EXPECT_NE(etag_of("/static/a.txt"), before);
  std::filesystem::remove(tree_.root() / "a.txt");
  site_.pass(std::chrono::seconds(1));
  EXPECT_EQ(ask("/static/a.txt").status, 404);
}

TEST_F(Files, ADirectoryThatIsReplacedIsFollowed) {
  tree_.write("a.txt", "first release");
  EXPECT_EQ(ask("/static/a.txt").rest, "first release");
  std::filesystem::rename(tree_.root(), tree_.outer() / "before");
  tree_.write("a.txt", "second release");
  site_.pass(std::chrono::seconds(1));
  EXPECT_EQ(ask("/static/a.txt").rest, "second release");
}

TEST_F(Files, OneRangeIsAPart) {
  tree_.write("a.txt", digits);
  const auto answer = ask("/static/a.txt", "Range: bytes=2-4\r\n");
  EXPECT_EQ(answer.status, 206);
  EXPECT_EQ(answer.rest, "234");
  EXPECT_TRUE(answer.has("Content-Range: bytes 2-4/10"));
  EXPECT_TRUE(answer.has("Content-Length: 3"));
  EXPECT_TRUE(answer.has("Content-Type: text/plain; charset=utf-8"));
  EXPECT_EQ(ask("/static/a.txt", "Range: bytes=-2\r\n").rest, "89");
}

TEST_F(Files, RangesThatAreIgnoredGiveTheWhole) {
  tree_.write("a.txt", digits);
  for (const char* field : {"Range: bytes=0-5,4-9\r\n", "Range: lines=1-2\r\n", "Range: bytes=\r\n",
                            "Range: bytes=0-1\r\nRange: bytes=2-3\r\n"}) {
    const auto answer = ask("/static/a.txt", field);
    EXPECT_EQ(answer.status, 200) << field;
    EXPECT_EQ(answer.rest, digits) << field;
  }
  const auto head = ask("/static/a.txt", "Range: bytes=0-1\r\n", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.has("Content-Length: 10"));
}

TEST_F(Files, ARangeBehindTheEndSaysHowLongTheFileIs) {
  tree_.write("a.txt", digits);
  const auto answer = ask("/static/a.txt", "Range: bytes=10-\r\n");
  EXPECT_EQ(answer.status, 416);
  EXPECT_TRUE(answer.has("Content-Range: bytes */10"));
  EXPECT_EQ(answer.rest, problem_body(status::range_not_satisfiable));
}

TEST_F(Files, IfRangeSendsTheWholeOfWhatHasChanged) {
  tree_.write("a.txt", digits);
  const auto etag = etag_of("/static/a.txt");
  EXPECT_EQ(ask("/static/a.txt", "Range: bytes=0-0\r\nIf-Range: " + etag + "\r\n").rest, "0");
  EXPECT_EQ(ask("/static/a.txt", "Range: bytes=0-0\r\nIf-Range: \"x\"\r\n").rest, digits);
  const std::string date = "If-Range: " + std::string(changed) + "\r\n";
  EXPECT_EQ(ask("/static/a.txt", "Range: bytes=0-0\r\n" + date).rest, "0");
}

TEST_F(Files, SeveralRangesAreAMultipartBody) {
  tree_.write("a.txt", digits);
  const auto answer = ask("/static/a.txt", "Range: bytes=0-1,-3,5-5\r\n");
  EXPECT_EQ(answer.status, 206);
  const std::string type = "Content-Type: multipart/byteranges; boundary=";
  const auto at = answer.head.find(type);
  ASSERT_NE(at, std::string::npos) << answer.head;
  const auto mark =
      answer.head.substr(at + type.size(), answer.head.find("\r\n", at) - at - type.size());
  std::string expected;
  for (const auto& [range, bytes] :
       {std::pair{"0-1", "01"}, std::pair{"7-9", "789"}, std::pair{"5-5", "5"}}) {
    expected += (expected.empty() ? "--" : "\r\n--") + mark +
                "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes " + range +
                "/10\r\n\r\n" + bytes;
  }
  expected += "\r\n--" + mark + "--\r\n";
  EXPECT_EQ(answer.rest, expected);
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(expected.size())));
}

TEST_F(Files, LargePartsOfAMultipartBodyArriveExact) {
  std::string large;
  while (large.size() < 1'000'000) large += std::to_string(large.size()) + ' ';
  tree_.write("large.bin", large);
  const auto answer = ask("/static/large.bin", "Range: bytes=0-299999,500000-799999\r\n");
  EXPECT_NE(answer.rest.find(large.substr(0, 300'000)), std::string::npos);
  EXPECT_NE(answer.rest.find(large.substr(500'000, 300'000)), std::string::npos);
  EXPECT_TRUE(answer.has("Content-Length: " + std::to_string(answer.rest.size())));
}

TEST_F(Files, CompressedFormsGoFirstToThoseWhoTakeThem) {
  tree_.write("a.css", "plain");
  tree_.write("a.css.br", "brotli");
  tree_.write("a.css.gz", "gzip");
  const auto br = ask("/static/a.css", "Accept-Encoding: gzip, deflate, br\r\n");
  EXPECT_EQ(br.rest, "brotli");
  EXPECT_TRUE(br.has("Content-Encoding: br"));
  EXPECT_TRUE(br.has("Vary: Accept-Encoding"));
  EXPECT_TRUE(br.has("Content-Type: text/css; charset=utf-8"));
  EXPECT_EQ(ask("/static/a.css", "Accept-Encoding: gzip\r\n").rest, "gzip");
  EXPECT_EQ(ask("/static/a.css", "Accept-Encoding: br;q=0.1\r\nAccept-Encoding: gzip\r\n").rest,
            "gzip");
  const auto plain = ask("/static/a.css");
  EXPECT_EQ(plain.rest, "plain");
  EXPECT_TRUE(plain.has("Vary: Accept-Encoding"));
  EXPECT_EQ(plain.head.find("Content-Encoding"), std::string::npos);
  EXPECT_EQ(ask("/static/a.css", "Accept-Encoding: br\r\nRange: bytes=0-1\r\n").rest, "br");
}

TEST_F(Files, EachFormHasItsOwnTag) {
  tree_.write("a.css", "plain");
  tree_.write("a.css.gz", "gzip");
  const auto etag = etag_of("/static/a.css");
  EXPECT_EQ(ask("/static/a.css", "Accept-Encoding: gzip\r\nIf-None-Match: " + etag + "\r\n").status,
            200);
  const auto same = ask("/static/a.css", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.has("Vary: Accept-Encoding"));
}

TEST_F(Files, WhoExcludesEveryFormThatThereIsGets406) {
  tree_.write("a.css", "plain");
  tree_.write("a.css.gz", "gzip");
  const auto answer = ask("/static/a.css", "Accept-Encoding: identity;q=0, br\r\n");
  EXPECT_EQ(answer.status, 406);
  EXPECT_TRUE(answer.has("Vary: Accept-Encoding"));
  EXPECT_EQ(ask("/static/a.css", "Accept-Encoding: identity;q=0, gzip\r\n").rest, "gzip");
}

TEST_F(Files, CompressedFormsAreNotLookedForOnRequest) {
  tree_.write("a.css", "plain");
  tree_.write("a.css.gz", "gzip");
  serve({.precompressed = false});
  const auto answer = ask("/static/a.css", "Accept-Encoding: gzip\r\n");
  EXPECT_EQ(answer.rest, "plain");
  EXPECT_EQ(answer.head.find("Vary"), std::string::npos);
}

TEST_F(Files, AFileThatShrinksClosesTheConnectionEarly) {
  tree_.write("a.txt", std::string(100, 'x'));
  EXPECT_EQ(ask("/static/a.txt").status, 200);
  std::filesystem::resize_file(tree_.root() / "a.txt", 10);
  const auto answer = ask("/static/a.txt");
  EXPECT_TRUE(answer.has("Content-Length: 100"));
  EXPECT_LT(answer.rest.size(), 100U);
}

TEST(FilesSetup, RefusesWhatCannotBeServed) {
  EXPECT_THROW(files("/no/such/directory"), std::runtime_error);
  EXPECT_THROW(files("/dev/null"), std::runtime_error);
  EXPECT_THROW(files("/", {.cache_control = "a\r\nb: c"}), std::invalid_argument);
}

}  // namespace
}  // namespace shoal::http
