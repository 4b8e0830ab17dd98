#include "http/files/file_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "tree.h"

namespace shoal::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FileCache : public testing::Test {
 protected:
  file_cache& cache(std::size_t most = 4) {
    if (!cache_) {
      cache_.emplace(
          std::make_shared<const file_site>(file_site{tree_.root(), {.cached_files = most}, 0}));
    }
    return *cache_;
  }

  tree tree_;
  std::optional<file_cache> cache_;
  monotonic_time now_{seconds(100)};
};

TEST_F(FileCache, WhatIsKnownIsNotLookedAtAgainForASecond) {
  tree_.write("a.css", "text");
  const auto first = cache().find("a.css", now_);
  ASSERT_NE(first.file, nullptr);
  EXPECT_EQ(first.file->plain.bytes, 4U);
  EXPECT_EQ(first.file->type, "text/css; charset=utf-8");
  EXPECT_EQ(cache().find("a.css", now_ + milliseconds(999)).file, first.file);
  EXPECT_EQ(cache().looks(), 1U);
  EXPECT_NE(cache().find("a.css", now_ + seconds(1)).file, first.file);
  EXPECT_EQ(cache().looks(), 2U);
}

TEST_F(FileCache, WhatIsInUseOutlivesItsPlace) {
  tree_.write("a.txt", "text");
  const auto file = cache().find("a.txt", now_).file;
  std::filesystem::remove(tree_.root() / "a.txt");
  EXPECT_EQ(cache().find("a.txt", now_ + seconds(1)).error, ENOENT);
  EXPECT_EQ(cache().size(), 0U);
  char text[4];
  EXPECT_EQ(::pread(file->plain.file->descriptor(), text, 4, 0), 4);
}

TEST_F(FileCache, TheOneUnusedForLongestMakesRoom) {
  for (const char* name : {"a", "b", "c", "d", "e"}) tree_.write(name, name);
  for (const char* name : {"a", "b", "c", "d", "a", "e"}) (void)cache().find(name, now_);
  EXPECT_EQ(cache().size(), 4U);
  const auto looks = cache().looks();
  for (const char* name : {"a", "c", "d", "e"}) (void)cache().find(name, now_);
  EXPECT_EQ(cache().looks(), looks);
  (void)cache().find("b", now_);
  EXPECT_EQ(cache().looks(), looks + 1);
}

TEST_F(FileCache, NamesThatAreNotThereTakeNoPlace) {
  tree_.write("a", "a");
  (void)cache().find("a", now_);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(cache().find("none" + std::to_string(i), now_).error, ENOENT);
  }
  EXPECT_EQ(cache().size(), 1U);
}

TEST_F(FileCache, OfNoPlacesKeepsNothing) {
  tree_.write("a", "a");
  EXPECT_NE(cache(0).find("a", now_).file, nullptr);
  EXPECT_NE(cache().find("a", now_).file, nullptr);
  EXPECT_EQ(cache().size(), 0U);
}

TEST_F(FileCache, CompressedFormsAreLookedForWhereTheyMakeSense) {
  for (const char* name : {"a.css", "a.css.br", "a.css.gz", "a.png", "a.png.gz"})
    tree_.write(name, "x");
  const auto css = cache().find("a.css", now_).file;
  EXPECT_TRUE(css->br && css->gzip);
  const auto png = cache().find("a.png", now_).file;
  EXPECT_FALSE(png->br || png->gzip);
}

TEST_F(FileCache, ADirectoryThatVanishesIsAnError) {
  tree_.write("a", "a");
  (void)cache().find("a", now_);
  std::filesystem::remove_all(tree_.root());
  EXPECT_EQ(cache().find("a", now_ + seconds(1)).error, ENOENT);
}

TEST(FileCaches, EachSiteHasItsOwn) {
  file_caches caches;
  const auto one = std::make_shared<const file_site>(file_site{"/", {}, 1});
  const auto two = std::make_shared<const file_site>(file_site{"/", {}, 2});
  auto& first = caches.of(one);
  EXPECT_NE(&caches.of(two), &first);
  EXPECT_EQ(&caches.of(one), &first);
}

}  // namespace
}  // namespace shoal::http
