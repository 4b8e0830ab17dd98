#include "open/open_options.h"

#include <algorithm>
#include <charconv>

namespace shoal::open {
namespace {

std::string_view take_word(std::string_view& text) {
  const std::size_t comma = text.find(',');
  const std::string_view word = text.substr(0, comma);
  text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  return word;
}

// One by one: no mark twice, none that is not known.
bool take_marks(std::string_view rest, request_class& to) {
  while (!rest.empty()) {
    const std::string_view mark = take_word(rest);
    bool* set = mark == "alone" ? &to.alone : mark == "may-refuse" ? &to.may_refuse : nullptr;
    if (set == nullptr || *set) return false;
    *set = true;
  }
  return true;
}

}  // namespace

result<void> add_class(std::string_view text, options& to) {
  std::string_view rest = text;
  request_class added;
  added.name = take_word(rest);
  const std::string_view weight = take_word(rest);
  added.path = take_word(rest);
  const auto parsed = std::from_chars(weight.data(), weight.data() + weight.size(), added.weight);
  const bool number = parsed.ec == std::errc{} && parsed.ptr == weight.data() + weight.size();
  if (added.name.empty() || !number || !(added.weight > 0) || !added.path.starts_with('/') ||
      !take_marks(rest, added)) {
    return error{0, "'" + std::string(text) +
                        "' is not a class like light,95,/plaintext or heavy,5,/block/20,alone or "
                        "job,1,/cpu/9,may-refuse"};
  }
  to.classes.push_back(std::move(added));
  return {};
}

result<void> set_body(std::string_view text, options& to) {
  const std::size_t equals = text.find('=');
  const auto found = std::ranges::find(to.classes, text.substr(0, equals), &request_class::name);
  if (equals == std::string_view::npos || found == to.classes.end()) {
    return error{0, "'" + std::string(text) + "' is not NAME=BODY for one of the classes"};
  }
  found->body = text.substr(equals + 1);
  found->compare_body = true;
  return {};
}

}  // namespace shoal::open
