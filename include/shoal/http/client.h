// Requests to other servers, on the worker's own loop.
//
//     shoal::client api("http://10.0.0.7:8080");            // one for the program's whole life
//
//     app.get<"/weather">([&](shoal::context&) -> shoal::task<shoal::response> {
//       auto answer = co_await api.get("/forecast");
//       co_return shoal::response::json(co_await answer.all());
//     });
//
// HTTP/1.1, without TLS, redirects, cookies or decoding. Each worker keeps connections of its own.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/coro/task.h"
#include "shoal/http/client_error.h"
#include "shoal/http/client_response.h"
#include "shoal/http/method.h"

namespace shoal {

namespace http {
struct client_core;
}

/// Time limits are never less than they say, and at most a millisecond more. A request passes
/// queue, connecting, first byte and, for each piece, between bytes.
struct client_options {
  /// For a connection to be made, over all addresses of a name.
  std::chrono::nanoseconds connect_limit = std::chrono::seconds{5};
  /// For the answer's head, from the end of the request.
  std::chrono::nanoseconds first_byte_limit = std::chrono::seconds{30};
  /// For each further piece of the answer that is asked for, and for each write of the request.
  std::chrono::nanoseconds between_bytes_limit = std::chrono::seconds{30};
  /// For everything together, the body too. None: streams may live for ever.
  std::chrono::nanoseconds total_limit = std::chrono::nanoseconds::max();
  /// For a connection to become free.
  std::chrono::nanoseconds queue_limit = std::chrono::seconds{5};
  /// How long an unused connection is kept: shorter than the 5 s of Node.js, the shortest of the
  /// common servers, since a request on a connection that is just being closed fails.
  std::chrono::nanoseconds idle_limit = std::chrono::seconds{4};

  std::size_t max_connections = 64;     ///< of each worker
  std::size_t max_waiting = 1024;       ///< requests that wait for one
  std::uint32_t max_head = 16 * 1024;   ///< bytes of an answer's head; at most 65,535
  std::uint64_t max_body = 8ULL << 20;  ///< bytes that all() takes

  /// Sent with each request that brings none of its own; empty: not.
  std::string user_agent;
  /// Where connections go instead of the URL's host: an address, a name with a port, or
  /// "unix:/run/x.sock".
  std::string connect_to;
};

/// Takes the body of a request while it is made.
class body_sink {
 public:
  /// Complete when the kernel has it. The bytes must stay until then.
  [[nodiscard]] virtual task<void> write(std::string_view bytes) = 0;

 protected:
  ~body_sink() = default;
};

/// The body of a request: none, text, or a producer.
class request_body final {
 public:
  /// Writes a whole body and returns. What it throws comes out of the request or of the answer.
  using producer = std::function<task<void>(body_sink&)>;

  request_body() = default;
  request_body(std::string text) : text_(std::move(text)) {}  // NOLINT: implicit on purpose
  request_body(const char* text) : text_(text) {}             // NOLINT: implicit on purpose

  /// In chunks. The producer runs beside the reading of the answer, and ends with the answer.
  [[nodiscard]] static request_body stream(producer produce);
  /// Of so many bytes. More is std::length_error, fewer end the connection.
  [[nodiscard]] static request_body stream(std::uint64_t bytes, producer produce);

 private:
  friend class http::client_exchange;

  std::string text_;
  producer produce_;
  std::uint64_t bytes_ = 0;
  bool chunked_ = false;
};

/// A request's fields.
///
/// Errors    std::invalid_argument for a name that is no token, a value with a control character,
///           and for Content-Length, Transfer-Encoding, Connection and what else belongs to a
///           single connection: these are the client's own
class request_fields final {
 public:
  request_fields() = default;
  request_fields(  // NOLINT: implicit on purpose
      std::initializer_list<std::pair<std::string_view, std::string_view>> all);

  /// The same name twice gives two lines. "Host" replaces the client's own.
  request_fields& add(std::string_view name, std::string_view value);

  /// False for a field that add() does not take for what it is: of a connection and not of a
  /// message (RFC 9110 7.6.1).
  [[nodiscard]] static bool end_to_end(std::string_view name) noexcept;

 private:
  friend class http::client_exchange;

  std::string text_;  // as it goes out
  bool host_ = false;
  bool user_agent_ = false;
};

/// One server, for handlers.
///
/// Errors    client_error, out of the co_await; std::invalid_argument for what cannot be sent
/// Threads   any worker's; a call and its answer stay on one
/// Lifetime  longer than its answers. A worker's connections end with the worker, or with the
///           client if it ends on that worker's thread
/// Cost      a request takes a handful of pooled frames and one record; the connection's buffers
///           stay
class client final {
 public:
  /// "http://host", "http://host:8080". Throws std::invalid_argument.
  explicit client(std::string_view url, client_options options = {});
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// The answer's head; its body comes when it is asked for. `target` begins with '/' and is
  /// percent-encoded. Not CONNECT.
  ///
  /// Sent a second time, on a fresh connection, if a kept one turns out to have been closed before
  /// any byte of an answer, the method is idempotent (RFC 9110 9.2.2) and the body is not streamed.
  [[nodiscard]] task<client_response> request(http::method verb, std::string target,
                                              request_fields fields = {},
                                              request_body body = {}) const;

  [[nodiscard]] task<client_response> get(std::string target, request_fields fields = {}) const;
  [[nodiscard]] task<client_response> head(std::string target, request_fields fields = {}) const;
  [[nodiscard]] task<client_response> del(std::string target, request_fields fields = {}) const;
  [[nodiscard]] task<client_response> post(std::string target, request_body body,
                                           request_fields fields = {}) const;
  [[nodiscard]] task<client_response> put(std::string target, request_body body,
                                          request_fields fields = {}) const;

  /// Of the current worker, for metrics and tests.
  struct counts {
    std::size_t connections = 0;  ///< open or being made
    std::size_t idle = 0;
    std::size_t waiting = 0;
  };
  [[nodiscard]] counts connections() const noexcept;

 private:
  std::shared_ptr<const http::client_core> core_;
};

}  // namespace shoal
