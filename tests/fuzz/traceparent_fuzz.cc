// The traceparent field: what is read is written as it came, but for the span, which is ours, and
// flags that nobody knows.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "shoal/http/trace.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto text = fuzz::as_text(data, size);
  const auto read = parse_traceparent(text);
  if (!read) return 0;
  SHOAL_CHECK(text.size() == 55 && text.starts_with("00-"));
  SHOAL_CHECK(text.substr(3, 32) == read->trace());
  SHOAL_CHECK(text.find_first_not_of("0123456789abcdef-") == std::string_view::npos);
  SHOAL_CHECK(read->has_parent());
  SHOAL_CHECK(text.substr(36, 16) == std::string_view(read->parent_id.data(), 16));
  SHOAL_CHECK(read->trace().find_first_not_of('0') != std::string_view::npos);
  const auto written = read->traceparent();
  SHOAL_CHECK(written.size() == text.size());
  SHOAL_CHECK(written.substr(53) == (read->sampled() ? "01" : "00"));  // the one flag of version 00
  return 0;
}
