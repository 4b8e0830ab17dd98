#include "http/fields.h"

#include "http/authority.h"
#include "http/scan.h"
#include "http/word.h"

namespace shoal::http {
namespace {

constexpr std::uint16_t fine = 0;
constexpr std::uint16_t bad_request = 400;
constexpr std::uint16_t expectation_failed = 417;
constexpr std::uint16_t not_implemented = 501;

/// Takes the first element from a comma-separated list, without the white space around it.
std::string_view next_element(std::string_view& list) noexcept {
  const std::size_t comma = list.find(',');
  std::string_view element = list.substr(0, comma);
  list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
  while (!element.empty() && is_blank(element.front())) element.remove_prefix(1);
  while (!element.empty() && is_blank(element.back())) element.remove_suffix(1);
  return element;
}

bool is_token(std::string_view text) noexcept {
  const char* const end = text.data() + text.size();
  return !text.empty() && find_token_end(text.data(), end) == end;
}

std::uint16_t take_host(const field& f, head& out, std::uint8_t& seen) noexcept {
  if ((seen & met::host) != 0) return bad_request;
  seen |= met::host;
  if (f.value.size == 0) {
    seen |= met::empty_host;
    return fine;
  }
  if (!valid_authority(out.text(f.value), port_rule::optional)) return bad_request;
  if (out.host.size == 0) out.host = f.value;  // an absolute target's authority comes first
  return fine;
}

std::uint16_t take_content_length(std::string_view value, head& out, std::uint8_t& seen) noexcept {
  if ((seen & (met::content_length | met::transfer_encoding)) != 0) return bad_request;
  seen |= met::content_length;
  if (value.empty() || value.size() > 18) return bad_request;  // 18 digits fit in 64 bits
  std::uint64_t length = 0;
  for (const char c : value) {
    if (!is_digit(c)) return bad_request;
    length = length * 10 + static_cast<std::uint64_t>(c - '0');
  }
  out.body = framing::length;
  out.content_length = length;
  return fine;
}

/// For a Transfer-Encoding other than "chunked": a plain list of codings of which we do not know
/// one is 501 (RFC 9112 6.1); one in which "chunked" is not the last, or that is no plain list, is
/// 400 (6.3).
[[gnu::noinline]] std::uint16_t unknown_coding(std::string_view list) noexcept {
  bool after_chunked = false;
  for (;;) {
    const bool last = list.find(',') == list.npos;
    const std::string_view coding = next_element(list);
    if (after_chunked || !is_token(coding)) return bad_request;
    if (last) return not_implemented;
    after_chunked = equal_but_case(coding, "chunked");
  }
}

std::uint16_t take_transfer_encoding(std::string_view value, head& out,
                                     std::uint8_t& seen) noexcept {
  if ((seen & (met::content_length | met::transfer_encoding | met::version_1_0)) != 0)
    return bad_request;
  seen |= met::transfer_encoding;
  if (!equal_but_case(value, "chunked")) return unknown_coding(value);
  out.body = framing::chunked;
  return fine;
}

/// An option that names a field by which the message is framed or routed asks whoever stands
/// before us to remove it: nobody honest sends that.
bool names_framing(std::string_view option) noexcept {
  return equal_but_case(option, "transfer-encoding") || equal_but_case(option, "content-length") ||
         equal_but_case(option, "host");
}

[[gnu::noinline]] std::uint16_t take_connection(std::string_view list,
                                                std::uint8_t& seen) noexcept {
  while (!list.empty()) {
    const std::string_view option = next_element(list);
    if (option.empty()) continue;  // RFC 9110 5.6.1.2
    if (!is_token(option) || names_framing(option)) return bad_request;
    if (equal_but_case(option, "close")) seen |= met::close;
    if (equal_but_case(option, "keep-alive")) seen |= met::keep_alive;
  }
  return fine;
}

std::uint16_t take_expect(std::string_view value, head& out, std::uint8_t seen) noexcept {
  if ((seen & met::version_1_0) != 0) return fine;  // RFC 9110 10.1.1
  if (!equal_but_case(value, "100-continue")) return expectation_failed;
  out.expects_continue = true;
  return fine;
}

}  // namespace

std::uint16_t interpret(const field& f, head& out, std::uint8_t& seen) noexcept {
  const std::string_view name = out.text(f.name);
  const std::string_view value = out.text(f.value);
  switch (name.size()) {
    case 4:
      return equal_but_case(name, "host") ? take_host(f, out, seen) : fine;
    case 6:
      return equal_but_case(name, "expect") ? take_expect(value, out, seen) : fine;
    case 10:
      return equal_but_case(name, "connection") ? take_connection(value, seen) : fine;
    case 14:
      return equal_but_case(name, "content-length") ? take_content_length(value, out, seen) : fine;
    case 17:
      return equal_but_case(name, "transfer-encoding") ? take_transfer_encoding(value, out, seen)
                                                       : fine;
    default:
      return fine;
  }
}

std::uint16_t conclude(head& out, std::uint8_t seen) noexcept {
  const bool old = (seen & met::version_1_0) != 0;
  if (!old && (seen & met::host) == 0) return bad_request;  // RFC 9112 3.2
  // An empty Host says that the target has no authority, so it must not have one.
  if ((seen & met::empty_host) != 0 && out.host.size != 0) return bad_request;
  out.keep_alive = (seen & met::close) == 0 && (!old || (seen & met::keep_alive) != 0);
  const bool nothing_to_send =
      out.body == framing::none || (out.body == framing::length && out.content_length == 0);
  if (nothing_to_send) out.expects_continue = false;
  return fine;
}

}  // namespace shoal::http
