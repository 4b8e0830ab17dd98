// Ranges: parts lie inside of the file and do not overlap; written anew they are chosen again; and
// a single range means what it says, however large its numbers.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/files/ranges.h"

namespace shoal::http {
namespace {

using kind = range_choice::kind;

void check(std::string_view field, std::uint64_t size) {
  const auto choice = choose_ranges(field, size);
  const auto parts = choice.parts();
  SHOAL_CHECK((choice.what() == kind::parts) == !parts.empty());
  SHOAL_CHECK(parts.size() <= range_choice::most_parts);
  SHOAL_CHECK(size != 0 || choice.what() == kind::whole);
  std::uint64_t sum = 0;
  std::string again = "bytes=";
  for (const auto& p : parts) {
    SHOAL_CHECK(p.bytes > 0 && p.bytes <= size && p.first <= size - p.bytes);
    for (const auto& other : parts)
      SHOAL_CHECK(&other == &p || other.first >= p.end() || p.first >= other.end());
    sum += p.bytes;
    again += std::to_string(p.first) + "-" + std::to_string(p.end() - 1) + ",";
  }
  SHOAL_CHECK(sum <= size);
  if (parts.empty()) return;
  const auto chosen = choose_ranges(again, size);
  SHOAL_CHECK(std::ranges::equal(chosen.parts(), parts));
}

void check_single(std::uint64_t first, std::uint64_t last, std::uint64_t size) {
  const auto text = "bytes=" + std::to_string(first) + "-" + std::to_string(last);
  const auto choice = choose_ranges(text, size);
  if (size == 0 || last < first) {
    SHOAL_CHECK(choice.what() == kind::whole);
  } else if (first >= size) {
    SHOAL_CHECK(choice.what() == kind::unsatisfiable);
  } else {
    const byte_range expected{first, std::min(last, size - 1) - first + 1};
    SHOAL_CHECK(choice.parts().size() == 1 && choice.parts()[0] == expected);
  }
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto field = fuzz::as_text(data, size);
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t file :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{10}, std::uint64_t{4096}, most / 2, most})
    http::check(field, file);
  random_source random(fuzz::seed_from(field));
  const auto any = [&random] { return random.next() >> random.below(64); };
  http::check_single(any(), any(), any());
  return 0;
}
