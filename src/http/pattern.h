// A route pattern taken apart and checked. Start-up only.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"

namespace shoal::http {

struct pattern_segment {
  enum class kind : unsigned char { literal, parameter, rest };
  kind what = kind::literal;
  std::string_view text;  ///< the literal, or the name; a view into the pattern
};

/// The segments between the slashes: "/a/{b}/" has three, the last one empty. An error says what is
/// wrong with which pattern, and at which place of the program if `where` is not empty.
[[nodiscard]] result<std::vector<pattern_segment>> parse_pattern(std::string_view pattern,
                                                                 std::string_view where);

}  // namespace shoal::http
