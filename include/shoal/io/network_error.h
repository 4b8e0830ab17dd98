#pragma once

#include <stdexcept>
#include <string>

namespace shoal {

/// What connections fail with: what was tried, with which address, and the reason.
class network_error final : public std::runtime_error {
 public:
  /// "<what>: <reason>"
  network_error(int code, const std::string& what);

  /// An errno: ECONNREFUSED, ECONNRESET, ETIMEDOUT where a time limit has passed, ...; 0 for a name
  /// that cannot be resolved.
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

}  // namespace shoal
