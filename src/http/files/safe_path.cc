#include "http/files/safe_path.h"

#include <algorithm>

#include "http/ascii.h"

namespace shoal::http {
namespace {

bool hides_slash(std::string_view sent) noexcept {
  for (auto at = sent.find('%'); at != std::string_view::npos; at = sent.find('%', at + 1)) {
    const auto triplet = sent.substr(at, 3);
    if (equals_ignoring_case(triplet, "%2f") || equals_ignoring_case(triplet, "%5c")) return true;
  }
  return false;
}

bool is_odd(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f || c == '\\';
}

bool is_safe_segment(std::string_view segment, bool dot_files) noexcept {
  if (segment.empty() || segment == "." || segment == "..") return false;
  return dot_files || segment.front() != '.' || segment == ".well-known";
}

}  // namespace

bool is_safe_path(std::string_view sent, std::string_view decoded, bool dot_files) noexcept {
  if (hides_slash(sent) || std::ranges::any_of(decoded, is_odd)) return false;
  // The segment behind the last slash may be empty: a directory is asked for.
  while (!decoded.empty()) {
    const std::size_t slash = decoded.find('/');
    if (!is_safe_segment(decoded.substr(0, slash), dot_files)) return false;
    if (slash == std::string_view::npos) return true;
    decoded.remove_prefix(slash + 1);
  }
  return true;
}

}  // namespace shoal::http
