// One GET after the other on a connection, for a look at a server before and while it is measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::bench {

class http_asker final {
 public:
  /// To "127.0.0.1:4711". What is asked then has an answer within `patience`, or none.
  [[nodiscard]] static result<http_asker> connect(const std::string& authority,
                                                  nanoseconds patience);

  /// The body of a 200 answer with a Content-Length. Errors say what came instead.
  [[nodiscard]] result<std::string> get(const std::string& target);

 private:
  explicit http_asker(descriptor socket) noexcept : socket_(std::move(socket)) {}
  [[nodiscard]] result<void> receive_more();

  descriptor socket_;
  std::string bytes_;  // received and not looked at
};

/// Where the body of `head` ends and how long it is: the value of Content-Length, or nothing where
/// there is none or it is no number. `head` ends with a blank line.
[[nodiscard]] std::optional<std::size_t> content_length(std::string_view head) noexcept;

}  // namespace shoal::bench
