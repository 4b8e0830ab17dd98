#include "http/pattern.h"

#include <algorithm>
#include <string>

#include "http/chars.h"
#include "http/router.h"

namespace shoal::http {
namespace {

using kind = pattern_segment::kind;

constexpr std::string_view rest_mark = "...";

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return is_digit(c) || c == '_' ||
           (is_token_char(c) && is_reg_name_char(c) && (c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  };
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), fits);
}

/// What is wrong with a literal segment, or "". It is compared with paths as they are sent.
std::string literal_fault(std::string_view text) {
  if (text.find('{') != text.npos || text.find('}') != text.npos)
    return "the segment " + quoted(text) +
           " mixes text and braces; a parameter is a whole segment, as in \"/{name}/\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c <= 0x20 || c >= 0x7f || c == '?' || c == '#')
      return "no path has such a character as that at byte " + std::to_string(i) +
             " of the segment " + quoted(text) + "; write it as %XX";
    if (c == '%' && (text.size() - i < 3 || !is_hex(text[i + 1]) || !is_hex(text[i + 2])))
      return "a '%' in the segment " + quoted(text) + " is not followed by two hex digits";
  }
  return {};
}

/// What is wrong with what stands between braces, or "".
std::string name_fault(std::string_view name, const std::vector<pattern_segment>& before) {
  if (name.empty()) return "a parameter has no name";
  if (!is_name(name))
    return "the parameter name " + quoted(name) + " is not made of letters, digits and '_'";
  for (const auto& s : before)
    if (s.what != kind::literal && s.text == name)
      return "the parameter name " + quoted(name) + " stands there twice";
  return {};
}

/// Adds the segment `text`. What is wrong with it, or "".
std::string add_segment(std::string_view text, std::vector<pattern_segment>& segments) {
  if (!text.starts_with('{')) {
    segments.push_back({kind::literal, text});
    return literal_fault(text);
  }
  if (text.find('}') == text.npos)
    return "the brace in the segment " + quoted(text) + " is not closed";
  if (text.find('}') != text.size() - 1) return literal_fault(text);
  std::string_view name = text.substr(1, text.size() - 2);
  const bool rest = name.ends_with(rest_mark);
  if (rest) name.remove_suffix(rest_mark.size());
  std::string fault = name_fault(name, segments);
  segments.push_back({rest ? kind::rest : kind::parameter, name});
  return fault;
}

std::string find_fault(std::string_view pattern, std::vector<pattern_segment>& segments) {
  if (!pattern.starts_with('/')) return "it must begin with '/'";
  for (std::size_t begin = 1; begin <= pattern.size();) {
    if (!segments.empty() && segments.back().what == kind::rest)
      return "\"{" + std::string(segments.back().text) + "...}\" must be the last segment";
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    if (std::string fault = add_segment(pattern.substr(begin, end - begin), segments);
        !fault.empty())
      return fault;
    begin = end + 1;
  }
  const auto parameters = std::count_if(segments.begin(), segments.end(),
                                        [](const auto& s) { return s.what != kind::literal; });
  if (parameters > static_cast<std::ptrdiff_t>(max_path_parameters))
    return "it has " + std::to_string(parameters) + " parameters and at most " +
           std::to_string(max_path_parameters) + " are possible";
  return {};
}

}  // namespace

result<std::vector<pattern_segment>> parse_pattern(std::string_view pattern,
                                                   std::string_view where) {
  std::vector<pattern_segment> segments;
  const std::string fault = find_fault(pattern, segments);
  if (fault.empty()) return segments;
  return error{0, "route " + quoted(pattern) + (where.empty() ? "" : " at " + std::string(where)) +
                      ": " + fault};
}

}  // namespace shoal::http
