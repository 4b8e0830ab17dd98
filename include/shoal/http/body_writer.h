#pragma once

#include <coroutine>
#include <functional>
#include <string_view>

#include "shoal/coro/task.h"

namespace shoal {

class context;
namespace http {
class suspended_exchange;
}

/// Writes an answer's body while it is made. Given to the producer of response::stream(); used by
/// one coroutine at a time.
///
///   return shoal::response::stream("text/csv", [](shoal::body_writer& out) -> shoal::task<> {
///     for (int i = 0; i < 1'000'000; ++i) co_await out.write(std::to_string(i) + "\n");
///   });
///
/// Errors    std::length_error for more than the announced length. A client that goes away or takes
///           nothing ends the producer: the await never returns, destructors run
/// Threads   the worker's own
/// Cost      bytes are copied once; what has been written leaves when the producer waits for
///           something, or when much has gathered
class body_writer final {
 public:
  class [[nodiscard]] awaiter final {
   public:
    awaiter(body_writer& writer, std::string_view bytes) noexcept
        : writer_(writer), bytes_(bytes) {}
    awaiter(const awaiter&) = delete;
    awaiter& operator=(const awaiter&) = delete;
    /// A frame may be destroyed while it waits.
    ~awaiter() {
      if (waits_) writer_.forget();
    }
    bool await_ready() { return writer_.put(bytes_); }
    void await_suspend(std::coroutine_handle<> producer) noexcept {
      waits_ = true;
      writer_.suspend(producer);
    }
    void await_resume() noexcept { waits_ = false; }

   private:
    body_writer& writer_;
    std::string_view bytes_;
    bool waits_ = false;
  };

  explicit body_writer(http::suspended_exchange& to) noexcept : to_(to) {}
  body_writer(const body_writer&) = delete;
  body_writer& operator=(const body_writer&) = delete;

  /// co_await it: returns when all bytes have been taken and fewer than options.max_unsent wait for
  /// the client. The bytes must stay until then.
  awaiter write(std::string_view bytes) noexcept { return {*this, bytes}; }

  /// The request that is answered, until the producer ends. A handler that is no coroutine must
  /// not let its producer keep its own context&: that one ends with the handler.
  [[nodiscard]] context& request() noexcept;

 private:
  bool put(std::string_view bytes);
  void suspend(std::coroutine_handle<> producer) noexcept;
  void forget() noexcept;

  http::suspended_exchange& to_;
};

/// Writes a whole body and returns. What it throws closes the connection, so that the client does
/// not take a part for the whole.
using body_producer = std::function<task<void>(body_writer&)>;

}  // namespace shoal
