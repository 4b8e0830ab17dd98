#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "shoal/coro/task.h"

namespace shoal {

namespace http {
class client_exchange;
}

/// What a server answered: the head, and a body that is read when somebody asks for it.
///
///     auto r = co_await api.get("/users/7");
///     if (r.status() == 200) use(co_await r.all());
/// or
///     for (auto piece = co_await r.next(); !piece.empty(); piece = co_await r.next()) use(piece);
///
/// Errors    client_error out of next() and all()
/// Threads   that of its client's worker
/// Lifetime  its views live as long as it does, a piece until the next call. Its end gives the
///           connection back if the body has come as a whole, and else closes it
class client_response final {
 public:
  explicit client_response(std::unique_ptr<http::client_exchange> from) noexcept;
  client_response(client_response&&) noexcept;
  client_response& operator=(client_response&&) noexcept;
  ~client_response();

  /// 200..599.
  [[nodiscard]] int status() const noexcept;

  /// The first field of that name, in any case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
  /// All fields in order, as sent.
  [[nodiscard]] std::size_t header_count() const noexcept;
  [[nodiscard]] std::pair<std::string_view, std::string_view> header_at(
      std::size_t i) const noexcept;

  /// What Content-Length announces: of a body that comes, or of the one that HEAD or 304 speak of.
  [[nodiscard]] std::optional<std::uint64_t> announced_length() const noexcept;
  /// False where an answer of this kind has none (HEAD, 204, 304).
  [[nodiscard]] bool has_body() const noexcept;

  /// The next piece of the body; empty at its end. The server is held back while nobody reads.
  [[nodiscard]] task<std::string_view> next();

  /// All that has not been read yet; client_error too_large beyond client_options::max_body.
  [[nodiscard]] task<std::string> all();

 private:
  std::unique_ptr<http::client_exchange> from_;
};

}  // namespace shoal
