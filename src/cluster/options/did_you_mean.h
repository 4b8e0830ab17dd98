#pragma once

#include <span>
#include <string_view>

namespace shoal::cluster {

/// The candidate that `word` was probably meant to be: the nearest by insertions, deletions,
/// changes and swaps of neighbours, if at most a third of its letters are wrong. Else "".
[[nodiscard]] std::string_view did_you_mean(std::string_view word,
                                            std::span<const std::string_view> candidates);

}  // namespace shoal::cluster
