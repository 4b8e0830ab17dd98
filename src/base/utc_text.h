// A moment as people and machines write it down.
#pragma once

#include <cstdint>
#include <string>

namespace shoal {

/// "2026-11-24T09:46:54.123Z", of milliseconds since 1970 by the wall clock.
[[nodiscard]] std::string show_utc(std::int64_t milliseconds);

/// By the wall clock, now.
[[nodiscard]] std::int64_t utc_milliseconds() noexcept;

}  // namespace shoal
