// The Cookie field: pairs are what a plain split finds; what set_cookie() lets pass comes back as
// it was, and cannot add an attribute or a field.
#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/chars.h"
#include "http/forms/cookie_pairs.h"
#include "shoal/http/cookie.h"

namespace shoal::http {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return text.substr(begin, end == std::string_view::npos ? 0 : end + 1 - begin);
}

void check_pairs(std::string_view field) {
  auto rest = field;
  std::size_t from = 0;
  while (from <= field.size()) {
    const auto end = std::min(field.find(';', from), field.size());
    const auto whole = field.substr(from, end - from);
    from = end + 1;
    const auto equals = whole.find('=');
    if (equals == std::string_view::npos || trimmed(whole.substr(0, equals)).empty()) continue;
    cookie_pair pair;
    SHOAL_CHECK(next_cookie(rest, pair));
    SHOAL_CHECK(pair.name == trimmed(whole.substr(0, equals)));
    SHOAL_CHECK(pair.value == trimmed(whole.substr(equals + 1)));
    SHOAL_CHECK(pair.value.empty() || (pair.value.data() >= field.data() &&
                                       pair.value.data() < field.data() + field.size()));
  }
  cookie_pair none;
  SHOAL_CHECK(!next_cookie(rest, none));
}

/// `at` chooses which of the parts is the fuzzer's.
void check_set(std::string_view text, unsigned at) {
  cookie made{.name = "n", .value = "v"};
  std::string* const parts[] = {&made.name, &made.value, &made.path, &made.domain};
  parts[at]->assign(text);
  std::string line;
  try {
    line = set_cookie(made);
  } catch (const std::invalid_argument&) {
    return;
  }
  for (const char c : line) SHOAL_CHECK(c >= ' ' && c < 0x7f);
  const auto semicolons = 3 + !made.path.empty() + !made.domain.empty();
  SHOAL_CHECK(std::count(line.begin(), line.end(), ';') == semicolons);
  std::string_view rest = line;
  cookie_pair pair;
  SHOAL_CHECK(next_cookie(rest, pair) && pair.name == made.name && pair.value == made.value);
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = shoal::fuzz::as_text(data, size);
  shoal::http::check_pairs(text);
  for (unsigned part = 0; part < 4; ++part) shoal::http::check_set(text, part);
  return 0;
}
