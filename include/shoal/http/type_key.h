#pragma once

namespace shoal::http {

/// One address for each type.
template <typename T>
const void* type_key() noexcept {
  static const char key = 0;
  return &key;
}

}  // namespace shoal::http
