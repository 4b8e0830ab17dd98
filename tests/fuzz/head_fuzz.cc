// The request head: however its bytes are cut, the answer is the same; what is accepted lies inside
// the input, is made of nothing that the RFC forbids, and means the same when it is written anew.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/parser.h"

namespace shoal::http {
namespace {

using namespace fuzz;

struct outcome {
  parse_status status = parse_status::partial;
  std::uint16_t error = 0;
  std::size_t bytes = 0;  ///< of the head, with what was skipped
  std::string meaning;
  bool operator==(const outcome&) const = default;
};

/// All that a head says, without where it lies.
std::string meaning_of(const head& h) {
  std::string out(to_string(h.verb));
  for (const slice s : {h.target, h.path, h.query, h.host}) {
    out += '\n';
    out += h.text(s);
  }
  out += "\n1." + std::to_string(h.minor_version) + " " + std::to_string(static_cast<int>(h.body)) +
         " " + std::to_string(h.content_length) + (h.keep_alive ? " keep" : "") +
         (h.expects_continue ? " continue" : "");
  for (std::size_t i = 0; i < h.field_count; ++i) {
    out += '\n';
    out += h.text(h.fields[i].name);
    out += ':';
    out += h.text(h.fields[i].value);
  }
  return out;
}

bool has_control(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return true;
  return false;
}

/// `s`, which must lie inside of the head.
std::string_view inside(const head& h, slice s) {
  SHOAL_CHECK(std::size_t{s.begin} + s.size <= h.size);
  return h.text(s);
}

void check_field(const head& h, const field& f) {
  const auto name = inside(h, f.name);
  const auto value = inside(h, f.value);
  SHOAL_CHECK(!name.empty());
  for (const char c : name) SHOAL_CHECK(is_token_char(c));
  SHOAL_CHECK(!has_control(value));
  if (!value.empty()) SHOAL_CHECK(!is_blank(value.front()) && !is_blank(value.back()));
}

void check_accepted(const head& h, const head_limits& limits) {
  SHOAL_CHECK(h.size <= limits.head_bytes && h.field_count <= limits.fields);
  SHOAL_CHECK(h.text({0, static_cast<std::uint16_t>(h.size)}).ends_with("\r\n\r\n"));
  SHOAL_CHECK(h.verb != method::other && h.verb != method::connect && h.minor_version <= 1);
  const auto target = inside(h, h.target);
  SHOAL_CHECK(!target.empty());
  for (const char c : target) SHOAL_CHECK(c > ' ' && c < 0x7f && c != '#');
  const auto path = inside(h, h.path);
  // Empty: the whole server, asked by an absolute target.
  SHOAL_CHECK(path.empty() ? h.verb == method::options : path[0] == '/' || path == "*");
  SHOAL_CHECK(path.find('?') == std::string_view::npos);
  inside(h, h.query);
  const auto host = inside(h, h.host);
  SHOAL_CHECK(host.empty() || valid_authority(host, port_rule::optional));
  SHOAL_CHECK(h.body == framing::length || h.content_length == 0);
  SHOAL_CHECK(!h.expects_continue || h.body != framing::none);
  for (std::size_t i = 0; i < h.field_count; ++i) check_field(h, h.fields[i]);
}

outcome look(std::string_view bytes, const head_limits& limits, parse_progress& progress) {
  head h;
  const auto result = parse_head(bytes, limits, progress, h);
  switch (result.status) {
    case parse_status::partial:
      return {};
    case parse_status::invalid:
      SHOAL_CHECK(result.error_status >= 400 && result.error_status <= 505);
      return {result.status, result.error_status, 0, {}};
    default:
      SHOAL_CHECK(h.base == bytes.data() + result.skipped);
      SHOAL_CHECK(result.skipped + h.size <= bytes.size());
      check_accepted(h, limits);
      return {result.status, 0, result.skipped + h.size, meaning_of(h)};
  }
}

/// The first outcome that is not partial, as the bytes arrive. `copied`: each time at another
/// address, in a block of exactly their size.
outcome parse(std::string_view bytes, const head_limits& limits, const cuts& ends, bool copied) {
  parse_progress progress;
  outcome seen;
  for (const auto end : ends) {
    const auto arrived = bytes.substr(0, end);
    seen = copied ? look(exact_copy(arrived).view(), limits, progress)
                  : look(arrived, limits, progress);
    if (seen.status != parse_status::partial) break;
  }
  return seen;
}

/// The head in its plainest form.
std::string written_anew(const head& h) {
  std::string out = std::string(to_string(h.verb)) + " " + std::string(h.text(h.target)) +
                    " HTTP/1." + std::to_string(h.minor_version) + "\r\n";
  for (std::size_t i = 0; i < h.field_count; ++i) {
    out += std::string(h.text(h.fields[i].name)) + ":" + std::string(h.text(h.fields[i].value)) +
           "\r\n";
  }
  return out + "\r\n";
}

void check_written_anew(std::string_view bytes, const outcome& expected) {
  parse_progress progress;
  head h;
  SHOAL_CHECK(parse_head(bytes, {}, progress, h).status == parse_status::complete);
  const auto again = parse(written_anew(h), {}, whole(max_head_bytes), false);
  SHOAL_CHECK(again.status == parse_status::complete && again.meaning == expected.meaning);
}

void check(std::string_view bytes, const head_limits& limits, random_source& random) {
  const auto at_once = parse(bytes, limits, whole(bytes.size()), true);
  SHOAL_CHECK(parse(bytes, limits, every_byte(bytes.size()), false) == at_once);
  SHOAL_CHECK(parse(bytes, limits, some_cuts(bytes.size(), random), true) == at_once);
  if (at_once.status != parse_status::complete) return;
  const auto alone = bytes.substr(0, at_once.bytes);
  SHOAL_CHECK(parse(alone, limits, whole(alone.size()), true) == at_once);
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal;
  using namespace shoal::http;
  const auto bytes = fuzz::as_text(data, size);
  random_source random(fuzz::seed_from(bytes));
  check(bytes, {}, random);
  check(bytes, {.request_line_bytes = 40, .head_bytes = 120, .fields = 4}, random);
  const auto seen = parse(bytes, {}, fuzz::whole(size), false);
  if (seen.status == parse_status::complete) check_written_anew(bytes, seen);
  return 0;
}
