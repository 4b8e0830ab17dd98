#pragma once

#include <stdexcept>
#include <string>

#include "shoal/http/status.h"

namespace shoal {

/// What a handler throws to answer with an error status. The text becomes the body: it is for the
/// client's eyes. Any other exception becomes 500 with a request id, and its text goes to the log.
class http_error final : public std::runtime_error {
 public:
  http_error(status code, const std::string& text)
      : std::runtime_error(text), code_(static_cast<int>(code)) {}

  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

}  // namespace shoal
