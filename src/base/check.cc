#include "base/check.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace shoal {

void check_failed(const char* file, int line, const char* text) noexcept {
  char message[512];
  const int length =
      std::snprintf(message, sizeof message, "%s:%d: check failed: %s\n", file, line, text);
  const auto bytes =
      length < static_cast<int>(sizeof message) ? length : static_cast<int>(sizeof message) - 1;
  if (bytes > 0) [[maybe_unused]]
    const auto ignored = ::write(STDERR_FILENO, message, static_cast<std::size_t>(bytes));
  std::abort();
}

}  // namespace shoal
