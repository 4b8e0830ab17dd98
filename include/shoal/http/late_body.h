#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shoal/http/body_filter.h"
#include "shoal/http/body_writer.h"
#include "shoal/http/file_part.h"

namespace shoal::http {

/// What a response has besides, if its body is not simply there: a producer or a file, and filters.
struct late_body {
  body_producer produce;
  std::optional<std::uint64_t> length;  ///< of what `produce` writes, if it is known
  file_part file;
  std::vector<std::unique_ptr<body_filter>> filters;

  [[nodiscard]] bool streams() const noexcept { return produce != nullptr; }
  [[nodiscard]] bool is_file() const noexcept { return file.file != nullptr; }

  /// What the filters make of the body's next bytes.
  [[nodiscard]] std::string filtered(std::string_view bytes, bool last);
};

}  // namespace shoal::http
