#pragma once

#include <string_view>

namespace shoal::http {

/// Whether brackets outside strings lie more than `depth` deep in each other. Right for JSON; for
/// other text anything that is not above what a reader of JSON would see before it gives up.
[[nodiscard]] bool is_deeper_than(unsigned depth, std::string_view json) noexcept;

}  // namespace shoal::http
