#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/status.h"

namespace shoal {

/// An answer: a status, header fields and a body. Date, Content-Length, Connection and
/// Transfer-Encoding are the server's and cannot be set.
///
/// Errors    header() throws std::invalid_argument for a name that is no token, a value with a
///           control character, or a field that is the server's; the constructor for a status
///           outside 200..599
/// Cost      moves are cheap; a body is never copied; above 32 KiB it is sent from where it lies
class response final {
 public:
  response() = default;
  explicit response(status code) : status_(static_cast<int>(code)) {}
  explicit response(int code);

  /// text/plain
  [[nodiscard]] static response text(std::string body);
  /// text/plain that is not the response's own and stays until the answer has been written: a
  /// literal, or what lives as long as the request. For answers without an allocation.
  [[nodiscard]] static response borrowed_text(std::string_view body) noexcept;
  /// application/json; the text is taken as it is
  [[nodiscard]] static response json(std::string body);
  /// application/octet-stream
  [[nodiscard]] static response bytes(std::string body);

  /// Adds a field; the same name twice gives two lines. "content-type" replaces the type.
  response& header(std::string_view name, std::string_view value) &;
  response&& header(std::string_view name, std::string_view value) &&;

  /// The only field of that name from now on. Errors as header().
  response& set_header(std::string_view name, std::string_view value) &;
  /// The value of the first field of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;

  response& set_status(status code) & {
    status_ = static_cast<int>(code);
    return *this;
  }
  response&& set_status(status code) && {
    status_ = static_cast<int>(code);
    return std::move(*this);
  }

  [[nodiscard]] int code() const noexcept { return status_; }
  [[nodiscard]] std::string_view content_type() const noexcept {
    return own_type_.empty() ? type_ : std::string_view(own_type_);
  }
  /// The added fields as they go out: "name: value\r\n" each.
  [[nodiscard]] const std::string& fields() const noexcept { return fields_; }
  [[nodiscard]] std::string_view body() const noexcept {
    return body_.empty() ? borrowed_ : std::string_view(body_);
  }
  /// The body as the caller's own; moved if it was the response's.
  [[nodiscard]] std::string take_body() && {
    return body_.empty() ? std::string(borrowed_) : std::move(body_);
  }

 private:
  response(std::string_view type, std::string body) : type_(type), body_(std::move(body)) {}

  int status_ = 200;
  std::string_view type_;  // a literal
  std::string own_type_;
  std::string fields_;
  std::string body_;
  std::string_view borrowed_;  // the body if body_ is empty
};

}  // namespace shoal
