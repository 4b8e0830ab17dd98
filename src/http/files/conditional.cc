#include "http/files/conditional.h"

#include "http/chars.h"
#include "http/files/parse_date.h"

namespace shoal::http {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view weak_mark = "W/";

bool is_weak(std::string_view etag) noexcept { return etag.starts_with(weak_mark); }

std::string_view opaque(std::string_view etag) noexcept {
  return is_weak(etag) ? etag.substr(weak_mark.size()) : etag;
}

bool same(std::string_view a, std::string_view b, comparison how) noexcept {
  if (how == comparison::strong && (is_weak(a) || is_weak(b))) return false;
  return opaque(a) == opaque(b);
}

/// The length of the entity tag that `text` begins with; 0: none (8.8.3).
std::size_t etag_size(std::string_view text) noexcept {
  std::size_t at = is_weak(text) ? weak_mark.size() : 0;
  if (at >= text.size() || text[at] != '"') return 0;
  for (++at; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"') return at + 1;
    if (c <= ' ' || c == 0x7f) return 0;
  }
  return 0;
}

bool since(std::optional<std::string_view> field, const validators& v, sys_seconds now,
           bool modified) noexcept {
  if (!field || !v.last_modified) return true;
  const auto date = parse_date(*field, now);
  return !date || (*v.last_modified > *date) == modified;
}

}  // namespace

bool lists_etag(std::string_view list, std::string_view etag, comparison how) noexcept {
  if (list == "*") return true;
  while (!list.empty()) {
    if (is_blank(list.front()) || list.front() == ',') {
      list.remove_prefix(1);
      continue;
    }
    const std::size_t size = etag_size(list);
    if (size == 0) return false;
    if (!etag.empty() && same(list.substr(0, size), etag, how)) return true;
    list.remove_prefix(size);
    while (!list.empty() && is_blank(list.front())) list.remove_prefix(1);
    if (!list.empty() && list.front() != ',') return false;
  }
  return false;
}

verdict judge(const conditions& c, const validators& v, bool reads, sys_seconds now) noexcept {
  if (c.if_match) {
    if (!lists_etag(*c.if_match, v.etag, comparison::strong)) return verdict::precondition_failed;
  } else if (!since(c.if_unmodified_since, v, now, false)) {
    return verdict::precondition_failed;
  }
  if (c.if_none_match) {
    if (!lists_etag(*c.if_none_match, v.etag, comparison::weak)) return verdict::go_on;
    return reads ? verdict::not_modified : verdict::precondition_failed;
  }
  const bool modified = !reads || since(c.if_modified_since, v, now, true);
  return modified ? verdict::go_on : verdict::not_modified;
}

bool may_send_range(std::optional<std::string_view> if_range, const validators& v,
                    sys_seconds now) noexcept {
  if (!if_range) return true;
  if (etag_size(*if_range) == if_range->size() && !if_range->empty()) {
    return !v.etag.empty() && same(*if_range, v.etag, comparison::strong);
  }
  const auto date = parse_date(*if_range, now);
  return date && date == v.last_modified && *date < now;
}

}  // namespace shoal::http
