#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace shoal::http {

/// A date in one of the three forms that RFC 9110 5.6.7 wants understood:
///
///   Sun, 06 Nov 1994 08:49:37 GMT     IMF-fixdate
///   Sunday, 06-Nov-94 08:49:37 GMT    RFC 850; its year is at most 50 years after `now`
///   Sun Nov  6 08:49:37 1994          asctime
///
/// Anything else, a day that its month does not have and a weekday that is not the date's own
/// included, is nullopt. A leap second counts as the one before it.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_date(
    std::string_view text, std::chrono::sys_seconds now) noexcept;

}  // namespace shoal::http
