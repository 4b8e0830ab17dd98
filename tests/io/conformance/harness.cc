#include "harness.h"

#include "conformance.h"

namespace shoal::io::conformance {

std::vector<driver_under_test>& drivers_under_test() {
  static std::vector<driver_under_test> all;
  return all;
}

std::string pattern(std::size_t size) {
  std::string text;
  text.reserve(size + 16);
  for (std::size_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ' ';
  text.resize(size);
  return text;
}

}  // namespace shoal::io::conformance
