#include "shoal/http/compress.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "http/ascii.h"
#include "http/files/accept_encoding.h"
#include "http/files/content_type.h"
#include "http/files/gzip_filter.h"
#include "http/files/request_fields.h"
#include "http/files/trim.h"
#include "shoal/http/context.h"
#include "shoal/http/response.h"

namespace shoal {
namespace http {
namespace {

std::string_view without_parameters(std::string_view type) noexcept {
  return trimmed(type.substr(0, type.find(';')));
}

/// "text/css" fits "text/css" and "text/*".
bool fits(std::string_view type, std::string_view wanted) noexcept {
  if (!wanted.ends_with("/*")) return equals_ignoring_case(type, wanted);
  wanted.remove_suffix(1);
  return equals_ignoring_case(type.substr(0, wanted.size()), wanted);
}

bool is_wanted(std::string_view content_type, const std::vector<std::string>& types) noexcept {
  const auto type = without_parameters(content_type);
  if (types.empty()) {
    return is_compressible(type) && !equals_ignoring_case(type, "text/event-stream");
  }
  return std::ranges::any_of(types, [&](const std::string& t) { return fits(type, t); });
}

/// Of its body before any filter, if it is known.
std::optional<std::uint64_t> length_of(const response& r) noexcept {
  const late_body* late = r.late();
  if (late == nullptr) return r.body().size();
  if (!late->filters.empty()) return {};
  if (late->is_file()) return late->file.bytes;
  return late->streams() ? late->length : r.body().size();
}

bool has_member(std::string_view list, std::string_view wanted) noexcept {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), wanted)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool may_change(const response& r) noexcept {
  const int code = r.code();
  if (code == 204 || code == 205 || code == 206 || code == 304) return false;
  if (r.header("content-encoding") || r.header("content-range")) return false;
  return !has_member(r.header("cache-control").value_or(""), "no-transform");
}

void vary_by_encoding(response& r) {
  const auto vary = r.header("vary").value_or("");
  if (has_member(vary, "*") || has_member(vary, "accept-encoding")) return;
  r.header("Vary", "Accept-Encoding");  // a line of its own: there may be more than the first one
}

void weaken_etag(response& r) {
  const auto etag = r.header("etag");
  if (etag && !etag->starts_with("W/")) r.set_header("ETag", "W/" + std::string(*etag));
}

/// A part, or word that nothing has changed, where the whole may have been compressed. A 304, and
/// several parts, do not say of what type they speak.
bool stands_for_whole(const response& r, const std::vector<std::string>& types) noexcept {
  if (has_member(r.header("cache-control").value_or(""), "no-transform")) return false;
  if (r.code() == 304) return true;
  const auto type = r.content_type();
  return r.code() == 206 &&
         (is_wanted(type, types) || fits(without_parameters(type), "multipart/*"));
}

/// It has the Vary of the whole (RFC 9110 15.3.7, 15.4.5), and the tag that the client knows: a
/// cache renews nothing by a strong tag that it does not have (RFC 9111 4.3.4).
void speak_for_whole(context& c, response& r) {
  vary_by_encoding(r);
  const auto etag = r.header("etag");
  if (r.code() != 304 || !etag) return;
  const auto known = c.header("if-none-match").value_or("");
  if (has_member(known, "W/" + std::string(*etag))) weaken_etag(r);
}

void compress_answer(context& c, response& r, const compress_options& options) {
  if (stands_for_whole(r, options.types)) return speak_for_whole(c, r);
  if (!may_change(r) || !is_wanted(r.content_type(), options.types)) return;
  if (const auto bytes = length_of(r); bytes && *bytes < options.min_bytes) return;
  vary_by_encoding(r);
  const request_fields asked(c);
  const auto accepted = parse_accept_encoding(asked.accept_encoding);
  if (accepted.weight(coding::gzip) < std::max(accepted.weight(coding::identity), 1U)) return;
  r.set_header("Content-Encoding", name_of(coding::gzip));
  // Ranges would be of other bytes.
  if (r.header("accept-ranges")) r.set_header("Accept-Ranges", "none");
  weaken_etag(r);
  r.filter(std::make_unique<gzip_filter>(c.worker(), options.level));
}

}  // namespace
}  // namespace http

after_hook compress(compress_options options) {
  if (options.level < 1 || options.level > 9) {
    throw std::invalid_argument("shoal::compress: the level is from 1 to 9");
  }
  return [options = std::move(options)](context& c, response& r) {
    http::compress_answer(c, r, options);
  };
}

}  // namespace shoal
