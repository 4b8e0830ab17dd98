#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "shoal/coro/task.h"
#include "shoal/http/body_writer.h"
#include "shoal/http/response.h"

namespace shoal {

struct server_sent_event {
  std::string_view data;        ///< may have several lines
  std::string_view event = {};  ///< its type; empty: "message"
  std::string_view id = {};     ///< what a client that comes again says in Last-Event-ID
  std::optional<std::chrono::milliseconds> retry = {};  ///< how long it waits before it does
};

/// Server-Sent Events (text/event-stream). Given to the producer of shoal::events(). See
/// body_writer for errors, threads and cost.
class event_stream final {
 public:
  explicit event_stream(body_writer& out) noexcept : out_(out) {}
  event_stream(const event_stream&) = delete;
  event_stream& operator=(const event_stream&) = delete;

  /// co_await it. Throws std::invalid_argument for a line break in `event` or `id`.
  [[nodiscard]] body_writer::awaiter send(const server_sent_event& event);

  /// A line that clients ignore: keeps proxies from taking a silent stream for a dead one.
  [[nodiscard]] body_writer::awaiter comment(std::string_view text = {});

  [[nodiscard]] context& request() noexcept { return out_.request(); }

 private:
  body_writer& out_;
  std::string text_;
};

/// An answer of events. Ends when `produce` does, or the client leaves; ask context::draining() at
/// times, and leave, so that a stream does not hold up the process's end.
[[nodiscard]] response events(std::function<task<void>(event_stream&)> produce);

}  // namespace shoal
