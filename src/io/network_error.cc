#include "shoal/io/network_error.h"

#include <cerrno>
#include <system_error>

namespace shoal {
namespace {

std::string reason(int code, const std::string& what) {
  if (code == 0) return what;
  // The system's words for it suggest that the kernel gave up, and not we.
  if (code == ETIMEDOUT) return what + ": time is up";
  return what + ": " + std::generic_category().message(code);
}

}  // namespace

network_error::network_error(int code, const std::string& what)
    : std::runtime_error(reason(code, what)), code_(code) {}

}  // namespace shoal
