#include "base/result.h"

#include <cstring>

namespace shoal {

error system_error(int code, std::string_view what) {
  char buffer[128];
  // The GNU strerror_r, which returns the text and is safe on any thread.
  return {code, std::string(what) + ": " + ::strerror_r(code, buffer, sizeof buffer)};
}

}  // namespace shoal
