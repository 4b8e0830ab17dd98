// The report's parts, from the answer to how it was measured. Each is empty where nothing of it was
// measured.
#pragma once

#include <string>

#include "bench/report_parts.h"
#include "bench/results.h"

namespace shoal::bench {

/// What makes the figures doubtful: not complete, wrong answers, a generator at its limit.
[[nodiscard]] std::string warnings(const results& all);

[[nodiscard]] std::string answer_section(const results& all);
[[nodiscard]] std::string why_section(const results& all);
[[nodiscard]] std::string throughput_section(const results& all, const palette& colours);
[[nodiscard]] std::string cpu_second_section(const results& all, const palette& colours);
[[nodiscard]] std::string latency_section(const results& all, const palette& colours);
[[nodiscard]] std::string cost_section(const results& all, const palette& colours);
[[nodiscard]] std::string ablation_section(const results& all);
[[nodiscard]] std::string dispatch_section(const results& all);
[[nodiscard]] std::string memory_section(const results& all, const palette& colours);
[[nodiscard]] std::string noise_section(const results& all);
[[nodiscard]] std::string machine_section(const results& all);
[[nodiscard]] std::string method_section(const results& all);

}  // namespace shoal::bench
