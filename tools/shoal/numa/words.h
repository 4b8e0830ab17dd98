// How figures of a study are written.
#pragma once

#include <cstdint>
#include <string>

#include "numa/study.h"

namespace shoal::numa {

/// "110 ns [108, 113]", or without bounds where there are too few values. "" if there are none.
[[nodiscard]] std::string time_text(const estimate& ns);

/// "12.3 GiB/s [12.1, 12.4]".
[[nodiscard]] std::string rate_text(const estimate& bytes_a_second);

/// Without bounds: for cells of tables and maps.
[[nodiscard]] std::string short_time(const estimate& ns);
[[nodiscard]] std::string short_rate(const estimate& bytes_a_second);

/// "4 KiB", "1.5 MiB", "256 MiB".
[[nodiscard]] std::string size_text(std::uint64_t bytes);

[[nodiscard]] const char* name_of(page_kind pages) noexcept;

}  // namespace shoal::numa
