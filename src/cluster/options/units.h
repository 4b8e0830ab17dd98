// Numbers as people write them: "30s", "16KiB", "auto".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::cluster {

/// "250ms", "30s", "5m", "1h"; a bare number is milliseconds. Nothing for anything else and above
/// 30 days.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view) noexcept;

/// "512", "512B", "16KiB", "1MiB", "2GiB". Nothing for anything else and above 2^62.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view) noexcept;

/// Decimal digits and nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view) noexcept;

/// In the largest unit that shows the value exactly.
[[nodiscard]] std::string show_duration(std::chrono::milliseconds);
[[nodiscard]] std::string show_bytes(std::uint64_t);

}  // namespace shoal::cluster
