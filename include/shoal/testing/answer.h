#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace shoal::test {

/// Names and values in the order of their lines.
using fields = std::vector<std::pair<std::string, std::string>>;

/// What came back for a request.
struct answer {
  int status = 0;
  test::fields fields;
  std::string body;  ///< without chunks

  /// The first field of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

}  // namespace shoal::test
