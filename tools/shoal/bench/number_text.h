// How figures are written, in reports and on terminals alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/estimate.h"
#include "bench/metric.h"

namespace shoal::bench {

/// Three digits, with the unit: "1.43 µs", "23.1", "184,000", "1.2 MiB".
[[nodiscard]] std::string value_text(double value, unit in);

/// The same without zeros that end a fraction: "20 µs", for values that are round by choice.
[[nodiscard]] std::string round_text(double value, unit in);

/// "1.22 × [1.19, 1.26]", with a third decimal where two would hide on which side of 1 it is;
/// without bounds where there are too few values for any.
[[nodiscard]] std::string ratio_text(const estimate& ratio);

/// "1.22", as in ratio_text().
[[nodiscard]] std::string factor_text(double factor, const estimate& of);

/// Three digits of a part at most: "70 %", "1.23 %".
[[nodiscard]] std::string percent_text(double share);

/// "1 pair", "1,234 pairs".
[[nodiscard]] std::string counted(std::uint64_t count, const std::string& thing);

/// "1, 8 and 64".
[[nodiscard]] std::string list_text(const std::vector<std::string>& each);

}  // namespace shoal::bench
