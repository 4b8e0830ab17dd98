#include "http/target.h"

#include "http/authority.h"
#include "http/word.h"

namespace shoal::http {
namespace {

slice between(std::size_t begin, std::size_t end) noexcept {
  return {static_cast<std::uint16_t>(begin), static_cast<std::uint16_t>(end - begin)};
}

void split_query(head& out, std::size_t question) noexcept {
  const std::size_t end = std::size_t{out.target.begin} + out.target.size;
  if (question < end) out.query = between(question + 1, end);
}

[[gnu::noinline]] bool split_absolute(head& out, std::size_t question) noexcept {
  constexpr std::string_view scheme = "http";
  constexpr std::size_t prefix = scheme.size() + 3;
  const std::string_view target = out.text(out.target);
  if (target.size() < prefix || !equal_but_case(target.substr(0, scheme.size()), scheme) ||
      target.substr(scheme.size(), 3) != "://")
    return false;
  const std::size_t begin = out.target.begin;
  const std::string_view rest = target.substr(prefix, question - begin - prefix);
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (!valid_authority(authority, port_rule::optional)) return false;
  out.host = between(begin + prefix, begin + prefix + authority.size());
  split_query(out, question);
  if (slash != rest.npos) {
    out.path = between(begin + prefix + slash, question);
  } else if (out.verb != method::options || out.query.size != 0) {
    // An empty path is "/" (RFC 9110 4.2.3), and the scheme's own second slash is one.
    out.path = between(begin + prefix - 1, begin + prefix);
  }
  return true;
}

}  // namespace

bool split_target(head& out, std::size_t question) noexcept {
  if (out.verb == method::connect)
    return valid_authority(out.text(out.target), port_rule::required);
  if (out.base[out.target.begin] == '/') {
    out.path = between(out.target.begin, question);
    split_query(out, question);
    return true;
  }
  if (out.text(out.target) == "*") {
    out.path = out.target;
    return out.verb == method::options;
  }
  return split_absolute(out, question);
}

}  // namespace shoal::http
