// Heads of answers, as the client reads them: however the bytes are cut the answer is the same;
// what is accepted lies inside the input, and its framing leaves no doubt.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/chars.h"
#include "http/client/response_head.h"

namespace shoal::http {
namespace {

using namespace fuzz;

struct outcome {
  parse_status status = parse_status::partial;
  std::string problem;
  std::string meaning;
  bool operator==(const outcome&) const = default;
};

std::string_view inside(const response_head& h, slice s) {
  SHOAL_CHECK(std::size_t{s.begin} + s.size <= h.size);
  return h.text(s);
}

std::string meaning_of(const response_head& h) {
  std::string out = std::to_string(h.size) + " " + std::to_string(h.status) + " 1." +
                    std::to_string(h.minor_version) + " " +
                    std::to_string(static_cast<int>(h.body)) + " " +
                    std::to_string(h.content_length) + (h.keep_alive ? " keep" : "");
  for (std::size_t i = 0; i < h.field_count; ++i) {
    const auto name = inside(h, h.fields[i].name), value = inside(h, h.fields[i].value);
    SHOAL_CHECK(!name.empty() && h.find(name).has_value());
    for (const char c : name) SHOAL_CHECK(is_token_char(c));
    for (const char c : value) SHOAL_CHECK(c == '\t' || (c & 0xe0) != 0);
    if (!value.empty()) SHOAL_CHECK(!is_blank(value.front()) && !is_blank(value.back()));
    out += "\n" + std::string(name) + ":" + std::string(value);
  }
  return out;
}

void check_framing(const response_head& h, bool to_head) {
  const bool bodiless = to_head || h.status < 200 || h.status == 204 || h.status == 304;
  SHOAL_CHECK(bodiless == (h.body == answer_framing::none));
  SHOAL_CHECK(h.body != answer_framing::close || !h.keep_alive);
  SHOAL_CHECK(h.body != answer_framing::chunked ||
              (h.minor_version == 1 && !h.find("content-length")));
  SHOAL_CHECK((h.body == answer_framing::length) <= h.find("content-length").has_value());
}

outcome look(std::string_view bytes, std::uint32_t most, bool to_head) {
  const exact_copy copy(bytes);
  response_head h;
  const auto result = parse_response_head(copy.view(), most, to_head, h);
  SHOAL_CHECK((result.status == parse_status::invalid) == !result.problem.empty());
  if (result.status != parse_status::complete)
    return {result.status, std::string(result.problem), {}};
  SHOAL_CHECK(h.base == copy.view().data() && h.size <= bytes.size() && h.size <= most);
  SHOAL_CHECK(h.status >= 100 && h.status <= 599);
  check_framing(h, to_head);
  return {result.status, {}, meaning_of(h)};
}

outcome parse(std::string_view bytes, std::uint32_t most, bool to_head, const cuts& ends) {
  outcome seen;
  for (const auto end : ends) {
    seen = look(bytes.substr(0, end), most, to_head);
    if (seen.status != parse_status::partial) break;
  }
  return seen;
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto bytes = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(bytes));
  for (const bool to_head : {false, true}) {
    for (const std::uint32_t most : {16U * 1024, 90U}) {
      const auto at_once = http::parse(bytes, most, to_head, fuzz::whole(size));
      SHOAL_CHECK(http::parse(bytes, most, to_head, fuzz::some_cuts(size, random)) == at_once);
      if (size <= 512)  // each piece begins anew
        SHOAL_CHECK(http::parse(bytes, most, to_head, fuzz::every_byte(size)) == at_once);
    }
  }
  return 0;
}
