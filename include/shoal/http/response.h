#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/late_body.h"
#include "shoal/http/status.h"

namespace shoal {

/// An answer: a status, header fields and a body. Date, Content-Length, Connection and
/// Transfer-Encoding are the server's and cannot be set.
///
/// Errors    header() throws std::invalid_argument for a name that is no token, a value with a
///           control character, or a field that is the server's; the constructor for a status
///           outside 200..599
/// Cost      moves are cheap; a body is never copied; above 32 KiB it is sent from where it lies.
///           It cannot be copied
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

  /// A body that is written while it is made. The producer runs when the head has been written;
  /// not for HEAD. It is kept until it has ended, so a lambda may use its captures after a
  /// co_await.
  [[nodiscard]] static response stream(std::string_view type, body_producer produce);
  /// The same, with a length that is known: more is an error, less closes the connection. Without,
  /// it is sent in chunks, and to a client of HTTP/1.0 up to the connection's end.
  [[nodiscard]] static response stream(std::string_view type, std::uint64_t bytes,
                                       body_producer produce);
  /// A part of a file, which the kernel sends without a copy in this process.
  [[nodiscard]] static response file(std::string_view type, file_part part);

  /// Replaces a body that is simply there.
  response& set_body(std::string body) & {
    body_ = std::move(body);
    borrowed_ = {};
    return *this;
  }

  /// Copies a body that is not the response's own.
  void own_body() {
    if (!borrowed_.empty()) set_body(std::string(body()));
  }

  /// Passes the body through `change` on its way out, after the filters that are there. Not for
  /// answers without a body.
  response& filter(std::unique_ptr<body_filter> change);

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
  /// nullptr: body() is all there is.
  [[nodiscard]] http::late_body* late() const noexcept { return late_.get(); }
  [[nodiscard]] std::unique_ptr<http::late_body> take_late() noexcept { return std::move(late_); }
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
  std::unique_ptr<http::late_body> late_;
};

}  // namespace shoal
