// result<T>: a value, or an error that says what went wrong, with which thing, and the cure. For
// cold paths (configuration, bind, mmap): an error owns a string. Hot paths use io::outcome.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"

namespace shoal {

struct error {
  int code = 0;         ///< an errno, or 0 where none applies
  std::string message;  ///< what, to which thing, and the cure; no trailing full stop or newline
};

/// "<what>: <strerror(code)>", for system calls.
[[nodiscard]] error system_error(int code, std::string_view what);

template <typename T>
class [[nodiscard]] result final {
 public:
  result(T value) : value_(std::move(value)) {}                 // NOLINT: implicit on purpose
  result(shoal::error failure) : error_(std::move(failure)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }

  [[nodiscard]] T& value() & {
    SHOAL_CHECK(ok());
    return *value_;
  }
  [[nodiscard]] const T& value() const& {
    SHOAL_CHECK(ok());
    return *value_;
  }
  [[nodiscard]] T&& value() && {
    SHOAL_CHECK(ok());
    return std::move(*value_);
  }
  [[nodiscard]] const shoal::error& error() const {
    SHOAL_CHECK(!ok());
    return error_;
  }

 private:
  std::optional<T> value_;
  shoal::error error_;
};

/// result<void>: done, or why not.
template <>
class [[nodiscard]] result<void> final {
 public:
  result() = default;
  result(shoal::error failure) : error_(std::move(failure)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }
  [[nodiscard]] const shoal::error& error() const {
    SHOAL_CHECK(!ok());
    return *error_;
  }

 private:
  std::optional<shoal::error> error_;
};

}  // namespace shoal
