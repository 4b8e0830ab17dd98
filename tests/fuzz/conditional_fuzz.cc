// Conditional requests. The input's lines are an entity tag of ours, If-Match, If-None-Match,
// If-Modified-Since, If-Unmodified-Since and If-Range; an empty one is no field.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/pieces.h"
#include "http/files/conditional.h"

namespace shoal::http {
namespace {

using std::chrono::sys_seconds;

constexpr sys_seconds now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
constexpr sys_seconds modified = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6);

std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto line = rest.substr(0, rest.find('\n'));
  rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  return line.empty() ? std::nullopt : std::optional(line);
}

bool is_tag(std::string_view text) {
  if (text.starts_with("W/")) text.remove_prefix(2);
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return false;
  return std::ranges::none_of(text.substr(1, text.size() - 2), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == 0x7f;
  });
}

void check_lists(std::string_view etag, std::string_view list) {
  const bool weak = lists_etag(list, etag, comparison::weak);
  const bool strong = lists_etag(list, etag, comparison::strong);
  SHOAL_CHECK(weak || !strong);
  if (list == "*") return;
  SHOAL_CHECK(lists_etag(", \t" + std::string(list), etag, comparison::weak) == weak);
  if (!is_tag(etag)) return;
  const auto longer = std::string(etag) + " ," + std::string(list);
  SHOAL_CHECK(lists_etag(longer, etag, comparison::weak));
  SHOAL_CHECK(lists_etag(etag, etag, comparison::strong) != etag.starts_with("W/"));
}

void check(const conditions& c, const validators& v) {
  const auto read = judge(c, v, true, now), written = judge(c, v, false, now);
  SHOAL_CHECK(written != verdict::not_modified);
  SHOAL_CHECK(c.any() || (read == verdict::go_on && written == verdict::go_on));
  SHOAL_CHECK(read != verdict::not_modified || c.if_none_match || c.if_modified_since);
  if (c.if_match && c.if_match != "*" && v.etag.empty())
    SHOAL_CHECK(read == verdict::precondition_failed);
  // A weak tag never names the very bytes.
  if (c.if_range && c.if_range->starts_with("W/")) SHOAL_CHECK(!may_send_range(c.if_range, v, now));
  SHOAL_CHECK(c.if_range || may_send_range(c.if_range, v, now));
}

}  // namespace
}  // namespace shoal::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shoal::http;
  auto rest = shoal::fuzz::as_text(data, size);
  const auto etag = take_line(rest).value_or("");
  conditions c;
  for (auto* field :
       {&c.if_match, &c.if_none_match, &c.if_modified_since, &c.if_unmodified_since, &c.if_range})
    *field = take_line(rest);
  for (const auto& list : {c.if_match, c.if_none_match})
    if (list) check_lists(etag, *list);
  check(c, {.etag = etag, .last_modified = modified});
  check(c, {.etag = etag});
  check(c, {.last_modified = now});
  return 0;
}
