// Request heads, byte for byte, and what becomes of them. Any test that has a way to feed bytes to
// the engine can run this table.
#pragma once

#include <string>
#include <vector>

namespace shoal::http {

struct head_case {
  const char* rule;  ///< the section that decides it
  std::string bytes;
  /// "METHOD path[?query] host version body persistence[+100]", or the status of the refusal
  std::string expected;
};

[[nodiscard]] std::vector<head_case> head_cases();

}  // namespace shoal::http
