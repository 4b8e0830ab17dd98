// Accept-Encoding: the best is one that the client weighs highest, and neither the case of letters
// nor elements that name nothing of ours change what it takes.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/files/accept_encoding.h"

namespace shoal::http {
namespace {

constexpr std::array all = {coding::br, coding::gzip, coding::identity};

void expect_same(const accepted_codings& a, std::string_view field) {
  const auto b = parse_accept_encoding(field);
  for (const auto c : all) SHOAL_CHECK(a.weight(c) == b.weight(c));
}

void check(std::string_view field) {
  const auto accepted = parse_accept_encoding(field);
  const auto best = accepted.best();
  for (const auto c : all) {
    SHOAL_CHECK(accepted.weight(c) <= 1000);
    SHOAL_CHECK(best ? accepted.weight(*best) >= accepted.weight(c) : accepted.weight(c) == 0);
    auto others = accepted;
    others.exclude(c);
    SHOAL_CHECK(others.weight(c) == 0 && others.best() != c);
  }
  std::string upper(field);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  expect_same(accepted, upper);
  expect_same(accepted, " ,\t," + std::string(field));
  expect_same(accepted, std::string(field) + ", zstd;q=0.5 ,br;q=,");
  expect_same(accepted, std::string(field) + "," + std::string(field));
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shoal::http::check(shoal::fuzz::as_text(data, size));
  return 0;
}
