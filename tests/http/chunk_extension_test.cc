// The grammar of chunk extensions (RFC 9112 section 7.1.1), state by state.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "http/chunked.h"

namespace shoal::http {
namespace {

using status = chunked_decoder::status;

/// What becomes of a chunk of one byte and the last one, if this stands behind the size.
status with(std::string_view extension) {
  const auto bytes = "1" + std::string(extension) + "\r\na\r\n0\r\n\r\n";
  chunked_decoder decoder;
  std::string_view rest = bytes;
  for (;;) {
    const auto step = decoder.next(rest);
    rest.remove_prefix(step.consumed);
    if (step.what != status::data) return step.what;
    EXPECT_EQ(step.data, "a");
  }
}

TEST(ChunkExtension, MayHaveANameAndAValue) {
  for (const auto* good : {"", ";a", ";a=b", ";a;b", ";a=b;c=d", "; a", ";\ta", ";a =b", ";a= b",
                           ";a=b ;c", ";a ;b", ";a\t=\tb \t;c", ";a=b;c = \"d\""})
    EXPECT_EQ(with(good), status::done) << good;
}

TEST(ChunkExtension, MayHaveAQuotedValueWithAnythingButControls) {
  for (const auto* good : {";a=\"\"", ";a=\"b;c\"", ";a=\"\\\"\"", ";a=\"\\\\\"", ";a=\"b\" ;c",
                           ";a=\"\tb\"", ";a=\"\\\t\"", ";a=\"\xc3\xa9\""})
    EXPECT_EQ(with(good), status::done) << good;
}

TEST(ChunkExtension, IsRefusedWhereItsEndIsInDoubt) {
  for (const auto* bad : {" ",           "\t;a",   ";",           ";=",
                          ";=b",         ";a=",    ";a=;b",       ";a b",
                          ";a=b c",      ";a=\"b", ";a=\"b\"c",   ";a=\"b\\",
                          ";a=\"b\"  c", ";a\r",   ";a=\"\r\n\"", ";a=\"\\\r\n\"",
                          ";a=\"\x7f\"", ";(a)",   ";a=(b)",      ";a=b,c",
                          ";a\n",        ";a =",   ";a = ",       ";a ; ",
                          ";a \r"})
    EXPECT_EQ(with(bad), status::invalid) << bad;
}

}  // namespace
}  // namespace shoal::http
