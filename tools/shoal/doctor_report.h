// Findings as a person and a program read them.
#pragma once

#include <string>

#include "doctor_findings.h"

namespace shoal::tool {

/// A line for each, with what to change below it, and the sum at the end.
[[nodiscard]] std::string to_text(const findings& all);
[[nodiscard]] std::string to_json(const findings& all);

[[nodiscard]] bool has_problem(const findings& all) noexcept;

}  // namespace shoal::tool
