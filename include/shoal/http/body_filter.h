#pragma once

#include <string>
#include <string_view>

namespace shoal {

/// Changes a body on its way out: compression, for one. One for each answer.
class body_filter {
 public:
  virtual ~body_filter() = default;
  body_filter(const body_filter&) = delete;
  body_filter& operator=(const body_filter&) = delete;

  /// Appends to `out` what becomes of `in`. What a stream writes is meant to leave at once, so
  /// nothing is kept back for better compression. `last`: nothing follows; called once with it.
  ///
  /// Errors    may throw: the answer becomes 500, or the connection is closed where its head has
  ///           left already
  /// Threads   the worker's own
  virtual void transform(std::string_view in, bool last, std::string& out) = 0;

 protected:
  body_filter() = default;
};

}  // namespace shoal
