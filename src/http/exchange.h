// One request while it is served.
#pragma once

#include <array>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/answer.h"
#include "http/errand.h"
#include "http/handler_clock.h"
#include "http/parser.h"
#include "http/router.h"
#include "io/loop.h"
#include "shoal/coro/task.h"
#include "shoal/http/context.h"
#include "shoal/http/late_body.h"

namespace shoal::http {

class connection;
struct endpoint;
struct server_core;

/// What a handler's context looks into. For a handler that is no coroutine it stands in the
/// server, one for all, and `request` in the receive buffer.
struct exchange {
  server_core* core = nullptr;
  connection* owner = nullptr;  ///< nullptr: it has gone, and nobody waits for the answer
  const head* request = nullptr;
  std::uint8_t parameter_count = 0;
  std::array<std::string_view, max_path_parameters> parameters;  ///< decoded
  std::string decoded;                                           ///< holds those that had escapes
  std::chrono::system_clock::time_point began;                   ///< set where somebody observes
  std::string id;               ///< the request id, once somebody asked
  bool prepared = false;        ///< for other threads, which only look at the next two
  std::uint64_t id_number = 0;  ///< what the id is drawn from then
  std::string_view remote;      ///< the client's address, once it has been asked for

  std::vector<std::pair<const void*, std::shared_ptr<void>>> values;  ///< of context::set()

  // The body's reader.
  std::coroutine_handle<> reader;  ///< the handler that waits, if one does
  body_reader::mode wanted = body_reader::mode::piece;
  std::uint64_t limit = 0;
  std::uint64_t taken = 0;  ///< bytes of the body handed out or gathered
  std::string gathered;
  bool body_over = true;
  std::uint16_t body_error = 0;  ///< 400 or 413

  /// Nothing left of the request before.
  void reset(connection& serving, const head& of) noexcept;

  /// Sets the parameters, decoded; false for a broken escape. May allocate where there are escapes.
  [[nodiscard]] bool set_parameters(const route_match& match);

  /// Sixteen hex digits, drawn when first asked for, unless a hook has said another.
  [[nodiscard]] const std::string& request_id();
  void set_request_id(std::string_view said);

  /// Throws std::bad_alloc.
  [[nodiscard]] std::string_view remote_address();

  /// The reader has what it wants: a piece, the whole, or an error.
  [[nodiscard]] bool reader_satisfied() const noexcept {
    if (body_over || body_error != 0) return true;
    return wanted == body_reader::mode::piece && !gathered.empty();
  }
};

/// A request whose handler is a coroutine: it owns what the handler's views look into. Used again
/// for other requests, with the memory it has.
///
/// A handler may be resumed by anybody: a timer, a task of its own, another connection's handler
/// that signals something. While it runs, code of any of them is on the stack, so its connection
/// must neither destroy it nor serve the next request. Deferred, the exchange tells the connection
/// later in the turn, when the stack is empty.
///
/// A handler may also be on another thread (errand.h), and so may be a function that it awaits. As
/// long as anything is, the exchange stays, even if its connection has left it.
class suspended_exchange final : public exchange,
                                 public completion,
                                 public io::runnable,
                                 public shoal::detail::task_root {
 public:
  suspended_exchange() = default;

  /// Copies the head (from `of.base`, of.size bytes). Throws std::bad_alloc.
  void open(connection& serving, const head& of);

  /// Goes on with a request that a handler which is no coroutine has answered: its answer's body is
  /// yet to be made. Throws std::bad_alloc.
  void take_over(exchange& from);

  /// Ends the handler, if it has not ended, and forgets the request.
  void close() noexcept;

  /// Its handler may begin on another thread. Throws std::bad_alloc.
  void prepare_to_leave(std::size_t route);
  /// Then. False: the executor is full.
  [[nodiscard]] bool begin_away(compute::executor& by, const endpoint& target) noexcept;
  /// The errand is back.
  void came_home() noexcept;
  /// Its connection goes on, or ends, without it. It goes when all of it is home.
  void leave(std::unique_ptr<std::string> remote) noexcept;

  /// On the loop, while the route is watched: a stretch begins, or ends.
  void begin_stretch() noexcept;
  void end_stretch() noexcept;

  // For its tasks.
  void go_away(std::coroutine_handle<> next) noexcept override;
  void paused() noexcept override { end_stretch(); }
  void resumed() noexcept override { begin_stretch(); }
  void function_leaves() override;
  void need_home() override { away.need_home(); }
  void all_home() noexcept override;

  context view{*this};
  task<response> handler;
  errand away{*this};
  std::size_t route = 0;
  monotonic_time arrived{};  ///< when the turn began that brought its head

  // The answer's body while it is made.
  std::unique_ptr<late_body> late;
  body_writer out{*this};
  task<void> producer;
  std::coroutine_handle<> writer;  ///< the producer, while it waits for room
  std::string_view unwritten;      ///< of what it gave last
  std::uint64_t left = 0;          ///< of the announced length
  std::uint64_t written = 0;       ///< bytes of the body that have been framed
  int status = 0;
  answer::framing out_framing = answer::framing::chunked;

  suspended_exchange* next = nullptr;  ///< for the pool

 private:
  std::coroutine_handle<> finished() noexcept override;
  void run() noexcept override;
  void send_away() noexcept;
  void errand_leaves() noexcept;
  void errand_is_back() noexcept;

  head head_;
  std::string bytes_;
  std::coroutine_handle<> next_;  ///< goes away as soon as it can, or goes on here
  bool arriving_ = false;         ///< what stopped on its way is being told
  handler_clock stretch_;
  std::unique_ptr<std::string> kept_remote_;  ///< of a connection that has gone
};

/// Threads: one. Keeps up to `kept` exchanges for the next requests.
class exchange_pool final {
 public:
  exchange_pool() = default;
  ~exchange_pool();
  exchange_pool(const exchange_pool&) = delete;
  exchange_pool& operator=(const exchange_pool&) = delete;

  /// Throws std::bad_alloc.
  [[nodiscard]] suspended_exchange* acquire();

  /// Closes it. nullptr afterwards.
  void release(suspended_exchange*& used) noexcept;

 private:
  static constexpr unsigned kept = 256;

  suspended_exchange* free_ = nullptr;
  unsigned free_count_ = 0;
};

}  // namespace shoal::http
