// multipart/form-data. The input's first line is a Content-Type, the rest a body. Parts and data do
// not depend on how the body is cut; and any bytes without the boundary in them come back as they
// were when they are sent as a part.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/forms/content_type.h"
#include "shoal/http/error.h"
#include "shoal/http/multipart_parser.h"

namespace shoal::http {
namespace {

using namespace fuzz;
using event = multipart_parser::event;

struct outcome {
  std::string told;  ///< events and data, as far as they came
  int problem = 0;   ///< the status; 0: none
  bool complete = false;
  std::size_t parts = 0;
};

/// False: it is invalid.
bool feed(multipart_parser& parser, std::string_view piece, outcome& seen) {
  for (;;) {
    const auto begin = piece;
    switch (parser.next(piece)) {
      case event::need_more:
        SHOAL_CHECK(piece.empty());
        return true;
      case event::part_begin:
        ++seen.parts;
        seen.told += "\1" + parser.part().name + "\2" + parser.part().file_name.value_or("\3") +
                     "\2" + parser.part().content_type + "\1";
        break;
      case event::data:
        SHOAL_CHECK(!parser.data().empty());
        seen.told += parser.data();
        break;
      case event::part_end:
        seen.told += "\4";
        break;
      case event::invalid:
        seen.problem = static_cast<int>(parser.problem_status());
        SHOAL_CHECK(seen.problem == 400 || seen.problem == 413);
        SHOAL_CHECK(!parser.problem().empty() && parser.next(piece) == event::invalid);
        return false;
    }
    SHOAL_CHECK(piece.size() <= begin.size());
  }
}

outcome parse(std::string_view body, std::string_view boundary, const multipart_limits& limits,
              const cuts& ends) {
  multipart_parser parser(boundary, limits);
  outcome seen;
  std::size_t from = 0;
  for (const auto end : ends) {
    if (!feed(parser, exact_copy(body.substr(from, end - from)).view(), seen)) break;
    from = end;
  }
  seen.complete = parser.complete();
  SHOAL_CHECK(seen.parts <= limits.parts);
  return seen;
}

/// What a body that is refused has told before may end earlier or later; all else is the same.
void expect_same(const outcome& a, const outcome& b) {
  SHOAL_CHECK(a.problem == b.problem && a.complete == b.complete && a.parts == b.parts);
  SHOAL_CHECK(a.told == b.told ||
              (a.problem != 0 && (a.told.starts_with(b.told) || b.told.starts_with(a.told))));
}

void check(std::string_view body, std::string_view boundary, const multipart_limits& limits,
           random_source& random) {
  const auto at_once = parse(body, boundary, limits, whole(body.size()));
  expect_same(at_once, parse(body, boundary, limits, every_byte(body.size())));
  expect_same(at_once, parse(body, boundary, limits, some_cuts(body.size(), random)));
}

void check_round_trip(std::string_view bytes, std::string_view boundary, random_source& random) {
  const auto delimiter = "\r\n--" + std::string(boundary);
  if (("\r\n" + std::string(bytes)).find(delimiter) != std::string::npos) return;
  const auto body = delimiter.substr(2) + "\r\nContent-Disposition: form-data; name=n\r\n\r\n" +
                    std::string(bytes) + delimiter + "--\r\n";
  const auto seen = parse(body, boundary, {}, some_cuts(body.size(), random));
  SHOAL_CHECK(seen.complete && seen.problem == 0);
  SHOAL_CHECK(seen.told == "\1n\2\3\2text/plain\1" + std::string(bytes) + "\4");
}

/// The boundary that a Content-Type names; "b" if it names none.
std::string boundary_or_b(std::string_view content_type) {
  try {
    auto found = boundary_of(content_type);
    SHOAL_CHECK(!found.empty() && found.size() <= 70 && found.back() != ' ');
    SHOAL_CHECK(boundary_of("multipart/form-data; boundary=\"" + found + "\"") == found);
    return found;
  } catch (const http_error& e) {
    SHOAL_CHECK(e.code() == 400 || e.code() == 415);
    return "b";
  }
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  const auto text = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(text));
  const auto line = std::min(text.find('\n'), text.size());
  const auto boundary = http::boundary_or_b(text.substr(0, line));
  const auto body = text.substr(std::min(line + 1, text.size()));
  http::check(body, boundary, {}, random);
  http::check(body, boundary, {.parts = 2, .head_bytes = 60, .part_bytes = 9, .total_bytes = 150},
              random);
  http::check_round_trip(body, boundary, random);
  return 0;
}
