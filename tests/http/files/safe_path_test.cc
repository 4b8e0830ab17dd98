#include "http/files/safe_path.h"

#include <gtest/gtest.h>

#include <string>

namespace shoal::http {
namespace {

bool safe(std::string_view path, bool dot_files = false) {
  return is_safe_path("/" + std::string(path), path, dot_files);
}

TEST(SafePath, NamesOfFilesAndDirectoriesAre) {
  for (const char* path :
       {"", "a", "a/b.html", "a/", "a/b/", "a b", "\xc3\xa4.txt", "...", "a..b", "a.", "..a"}) {
    EXPECT_TRUE(safe(path, true)) << path;
  }
}

TEST(SafePath, DotSegmentsAndEmptyOnesAreNot) {
  for (const char* path : {".", "..", "./", "../", "a/..", "a/../b", "../etc/passwd", "a/./b", "/",
                           "//", "/etc/passwd", "a//b", "a//", "//evil.example/"}) {
    EXPECT_FALSE(safe(path, true)) << path;
  }
}

TEST(SafePath, EncodedSlashesAreNotHoweverTheyAreWritten) {
  EXPECT_FALSE(is_safe_path("/a%2fb", "a/b", true));
  EXPECT_FALSE(is_safe_path("/a%2Fb", "a/b", true));
  EXPECT_FALSE(is_safe_path("/a%5cb", "a\\b", true));
  EXPECT_FALSE(is_safe_path("/%2e%2e%5C", "..\\", true));
  EXPECT_FALSE(is_safe_path("/%2e%2e", "..", true));
  EXPECT_TRUE(is_safe_path("/%252f", "%2f", true)) << "decoded once, and a name like any other";
  EXPECT_TRUE(is_safe_path("/%252e%252e/x", "%2e%2e/x", true));
  EXPECT_TRUE(is_safe_path("/100%25", "100%", true));
}

TEST(SafePath, ControlCharactersAndBackslashesAreNot) {
  EXPECT_FALSE(safe(std::string_view("a\0b", 3)));
  EXPECT_FALSE(safe("a\nb"));
  EXPECT_FALSE(safe("a\x7f"));
  EXPECT_FALSE(safe("..\\windows"));
}

TEST(SafePath, DotFilesAreNotUnlessTheyAreWanted) {
  for (const char* path : {".git/config", "a/.env", ".htaccess", ".well-known-not/x"}) {
    EXPECT_FALSE(safe(path)) << path;
    EXPECT_TRUE(safe(path, true)) << path;
  }
  EXPECT_TRUE(safe(".well-known/security.txt"));
}

}  // namespace
}  // namespace shoal::http
