#include "http/files/content_type.h"

#include <gtest/gtest.h>

namespace shoal::http {
namespace {

TEST(ContentType, IsChosenByTheLastExtensionInAnyCase) {
  EXPECT_EQ(content_type_of("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(content_type_of("a/b.c/photo.JPG"), "image/jpeg");
  EXPECT_EQ(content_type_of("jquery.min.js"), "text/javascript; charset=utf-8");
  EXPECT_EQ(content_type_of("archive.tar.gz"), "application/gzip");
  EXPECT_EQ(content_type_of("app.webmanifest"), "application/manifest+json");
  EXPECT_EQ(content_type_of("0.7z"), "application/x-7z-compressed");
  EXPECT_EQ(content_type_of("z.zst"), "application/zstd");
}

TEST(ContentType, IsEmptyForWhatIsNotKnown) {
  for (const char* path : {"", ".", "Makefile", "a.", "a.html/b", "dir.txt/", "x.unknown",
                           "x.webmanifestx", "x.verylongextension", "html"}) {
    EXPECT_EQ(content_type_of(path), "") << path;
  }
}

TEST(ContentType, TextAndItsRelativesAreWorthCompressing) {
  for (const char* type :
       {"text/html; charset=utf-8", "TEXT/plain", "application/json", "application/json ;x=1",
        "image/svg+xml", "application/problem+json", "application/wasm"}) {
    EXPECT_TRUE(is_compressible(type)) << type;
  }
  for (const char* type : {"", "image/png", "video/mp4", "application/zip", "font/woff2", "+xml",
                           "application/octet-stream", "application/jsonx", "texts/x"}) {
    EXPECT_FALSE(is_compressible(type)) << type;
  }
}

}  // namespace
}  // namespace shoal::http
