#pragma once

#include <coroutine>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal {

namespace http {
struct exchange;
}

/// Reads a request's body, in pieces or whole. Made by context::body(); one for each request, and
/// one coroutine at a time.
///
///   auto in = c.body();
///   std::string whole = co_await in.all();
/// or
///   for (auto piece = co_await in.next(); !piece.empty(); piece = co_await in.next()) use(piece);
///
/// Errors    http_error 413 beyond the limit, 400 for a broken chunk. A client that goes away or
///           falls silent ends the handler: the await never returns, destructors run
/// Threads   the worker's own
/// Lifetime  the request's; a piece lives until the next call
/// Cost      bytes are copied once; the client is held back while nobody reads
class body_reader final {
 public:
  enum class mode : std::uint8_t { piece, whole };

  /// co_await it: a piece, or the whole body.
  template <mode Mode>
  class [[nodiscard]] awaiter final {
   public:
    using comes_back = void;  // shoal/coro/away.h

    explicit awaiter(body_reader& reader) noexcept : reader_(reader) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    /// A frame may be destroyed while it waits.
    ~awaiter() {
      if (waits_) reader_.forget();
    }
    bool await_ready() { return reader_.begin(Mode); }
    void await_suspend(std::coroutine_handle<> handler) noexcept {
      waits_ = true;
      reader_.suspend(handler);
    }
    auto await_resume() {
      waits_ = false;
      if constexpr (Mode == mode::whole) {
        return reader_.take_whole();
      } else {
        return reader_.take_piece();
      }
    }

   private:
    body_reader& reader_;
    bool waits_ = false;
  };

  body_reader(http::exchange& from, std::uint64_t limit) noexcept : from_(from), limit_(limit) {}

  /// The next piece; empty once the body is over.
  auto next() noexcept { return awaiter<mode::piece>(*this); }

  /// All that has not been read yet.
  auto all() noexcept { return awaiter<mode::whole>(*this); }

 private:
  bool begin(mode wanted);
  void suspend(std::coroutine_handle<> handler) noexcept;
  void forget() noexcept;
  std::string take_whole();
  std::string_view take_piece();

  http::exchange& from_;
  std::uint64_t limit_;
};

}  // namespace shoal
