#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/http/body.h"
#include "shoal/http/method.h"
#include "shoal/http/response.h"
#include "shoal/http/worker.h"

namespace shoal {

class context;

namespace http {
class connection;
}

namespace http::detail {
/// The answer of a handler that is no coroutine. Not for handlers: they return theirs.
void respond(context& c, std::string_view text);
void respond(context& c, response&& answer);
}  // namespace http::detail

/// The request that a handler answers, and where it runs.
///
/// Lifetime  until the handler's task ends; so do all views it gives. co_await does not end them;
///           work that is detached from the handler must copy
/// Threads   the worker's own
class context final {
 public:
  explicit context(http::exchange& request) noexcept : request_(request) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  [[nodiscard]] http::method verb() const noexcept;

  /// The path as sent, percent-encoded, without the query.
  [[nodiscard]] std::string_view path() const noexcept;

  /// Without the question mark; empty if there is none.
  [[nodiscard]] std::string_view query() const noexcept;

  /// The Host field, or the authority of an absolute target.
  [[nodiscard]] std::string_view host() const noexcept;

  /// The client's address: "127.0.0.1", "::1"; empty where it is not known. Cost: a system call
  /// once for each connection.
  [[nodiscard]] std::string_view remote_address();

  /// The first field of that name, in any case. Cost: a walk over the fields.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;

  /// All fields in order, as sent.
  [[nodiscard]] std::size_t header_count() const noexcept;
  [[nodiscard]] std::pair<std::string_view, std::string_view> header_at(
      std::size_t i) const noexcept;

  /// The first value of that name in the query, decoded. Throws http_error 400 for a broken escape
  /// on the way to it. Cost: a walk over the query; shoal::query(c) is for many.
  [[nodiscard]] std::optional<std::string> query_value(std::string_view name) const;

  /// The first cookie of that name, as sent. Cost: a walk over the fields.
  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const noexcept;

  /// The route's nth parameter, percent-decoded.
  [[nodiscard]] std::string_view parameter(std::size_t n) const noexcept;

  /// The body, up to the server's limit or to this one. Only in a coroutine handler.
  [[nodiscard]] body_reader body() noexcept;
  [[nodiscard]] body_reader body(std::uint64_t limit_bytes) noexcept;

  /// Sixteen hex digits, drawn when first asked for, or what set_request_id() said; error answers
  /// and logs carry it.
  [[nodiscard]] std::string request_id();
  /// One that came from further out. Throws std::invalid_argument unless it is 1 to 128 characters
  /// of those that a field's value may have.
  void set_request_id(std::string_view id);

  /// There will be a stop, at once or after --drain-delay: send no new clients. Requests are still
  /// served as ever.
  [[nodiscard]] bool stopping() const noexcept;

  /// The process serves what it has begun and then goes.
  [[nodiscard]] bool draining() const noexcept;

  [[nodiscard]] shoal::worker& worker() const noexcept;

  /// Keeps a value with the request, one of each type: what a hook finds out for the handler.
  template <typename T>
  void set(T value) {
    keep(http::type_key<T>(), std::make_shared<T>(std::move(value)));
  }
  /// The value that was set, or nullptr.
  template <typename T>
  [[nodiscard]] T* get() const noexcept {
    return static_cast<T*>(kept(http::type_key<T>()));
  }

  /// worker().state<T>().
  template <typename T>
  [[nodiscard]] T& state() const {
    return worker().template state<T>();
  }

 private:
  friend void http::detail::respond(context&, std::string_view);
  friend void http::detail::respond(context&, response&&);

  friend class http::connection;

  void keep(const void* key, std::shared_ptr<void> value);
  [[nodiscard]] void* kept(const void* key) const noexcept;

  http::exchange& request_;
};

}  // namespace shoal
