// One client's connection, from accept to close.
//
// A record and no coroutine: an idle one holds no buffer, no frame and no allocation of its own.
// Bytes come in leases and are served in place; what a lease ends in the middle of is kept in
// `pending_`. Answers gather in an output block, one send for all that one lease asked for. One
// request is served at a time, so answers keep their order by themselves.
//
//   input_     what has been received and not been used: a view into the lease while received()
//              runs, into pending_ otherwise
//   body_      set while a request's body is not over. Its bytes go to the handler that reads
//              them, or, when the handler has ended or never reads, to nobody, up to a bound
//   active_    the request whose handler is suspended, or whose answer's body is being made.
//              Nothing else is served meanwhile
//   filling_   answers that have not been handed to the driver; sending_ is with the driver
//
// Every event ends in advance(), which takes steps until none is possible, and then in settle(),
// which flushes and says what is waited for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/intrusive_list.h"
#include "http/answer.h"
#include "http/arrivals.h"
#include "http/body_source.h"
#include "http/exchange.h"
#include "http/moved_connection.h"
#include "http/output.h"
#include "http/parser.h"
#include "http/tail.h"
#include "io/operation.h"
#include "io/timer.h"
#include "shoal/http/response.h"

namespace shoal::http {

struct endpoint;
struct lent_place;
struct route_match;
struct server_core;

/// Of the loop's clock, for what is compared by the second.
[[nodiscard]] inline std::uint32_t in_seconds(monotonic_time t) noexcept {
  return static_cast<std::uint32_t>(to_ns(t) / 1'000'000'000);
}

class connection final : public list_node, private io::receive_op, private io::send_op {
 public:
  connection(server_core& core, int socket) noexcept;
  ~connection();

  /// Starts receiving.
  void open() noexcept;

  /// Instead of open(): goes on where another loop has left off.
  void resume(moved_connection&& from) noexcept;

  /// Starts to leave for another loop. False: it is not idle, and nothing has happened. Else
  /// server_core::departed() follows, or the connection ends meanwhile.
  [[nodiscard]] bool depart() noexcept;

  /// Another thread has taken it (its place says so): lets go of what the driver keeps for it.
  void let_go(joint_socket* joint) noexcept;

  /// Ends a connection that is served elsewhere for both sides: better than a wrong answer.
  void break_off() noexcept;

  /// For who has taken it: what it needs, with `room` for input(). The owner does nothing with it
  /// any more.
  [[nodiscard]] moved_connection as_taken(std::string&& room) const noexcept;

  /// Its request's handler may run now (slow_lane.h).
  void take_turn() noexcept;

  /// Microseconds that its requests took since work was forgotten: how hot it is. Where turns are
  /// short all requests count alike.
  [[nodiscard]] std::uint32_t work_us() const noexcept { return work_us_; }
  void forget_work() noexcept { work_us_ = 0; }

  /// Instead of open(), when there are too many: 503, and the end.
  void turn_away() noexcept;
  /// Likewise instead of resume(): what it has received is served by nobody.
  void turn_away(const moved_connection& from) noexcept;

  /// Closes soon if nothing is under way, else after the answer to what has begun. A request that
  /// crosses is answered.
  void drain() noexcept;

  /// Lets go of a socket whose driver will not run again. The descriptor is left to the process.
  void forsake() noexcept;

  /// Ends everything now. The object stays until the driver has let go of it (server_core::retire).
  void close() noexcept;

  // For exchange, context and body_reader.
  void advance() noexcept;  ///< with nobody's handler on the stack
  void handler_finished() noexcept;
  void errand_finished() noexcept;  ///< the handler has, on another thread
  void errand_refused() noexcept;   ///< it waited for one for too long
  void respond(std::string_view text);
  void respond(response&& with);
  [[nodiscard]] bool read_body(exchange& reader, body_reader::mode wanted, std::uint64_t limit);
  void file_sent(io::outcome) noexcept;
  void reader_suspended(exchange& reader, std::coroutine_handle<> handler) noexcept;
  [[nodiscard]] bool write_body(suspended_exchange& writer, std::string_view bytes);
  /// The client's address, asked for once; empty where it is not known. Throws std::bad_alloc.
  [[nodiscard]] const std::string& remote();
  [[nodiscard]] server_core& core() noexcept { return core_; }

  /// Whether a request of it has begun.
  [[nodiscard]] bool has_served() const noexcept { return served_ > 0; }

 private:
  /// Input that may wait while nobody takes it; then the peer is held back. A head always fits.
  static constexpr std::size_t pending_bytes_max = 64 * 1024;

  /// What the connection waits for; decides its deadline.
  enum class phase : std::uint8_t { request, head, turn, body, handler, send, linger };

  class deadline_timer final : public io::timer {
   public:
    explicit deadline_timer(connection& owner) noexcept : owner_(owner) {}
    void expired() noexcept override { owner_.deadline_expired(); }

   private:
    connection& owner_;
  };

  void received(io::outcome, io::lease) noexcept override;
  void sent(io::outcome) noexcept override;

  // Input.
  void take(std::string_view arrived) noexcept;
  void append_pending(std::string_view arrived);
  void linger(io::outcome what) noexcept;
  void receive_if_wanted() noexcept;

  // Serving.
  void advance_later() noexcept;
  [[nodiscard]] bool step() noexcept;
  [[nodiscard]] bool may_serve() const noexcept;
  [[nodiscard]] bool has_room() const noexcept;
  [[nodiscard]] bool serve_next() noexcept;
  [[nodiscard]] bool has_turn(const route_match& match) noexcept;
  void serve(const route_match& match, const head& request) noexcept;
  void dispatch_watched(const endpoint& target, const route_match& match,
                        const head& request) noexcept;
  void dispatch(const endpoint& target, const route_match& match, const head& request) noexcept;
  void dispatch_away(const endpoint& target, const route_match& match,
                     const head& request) noexcept;
  void turn_back(const head& request, nanoseconds wait) noexcept;
  [[nodiscard]] bool open_active(const route_match& match, const head& request);
  void call(const endpoint& target, const route_match& match, const head& request) noexcept;
  void start(const endpoint& target, const route_match& match, const head& request) noexcept;
  void take_result() noexcept;
  void release_active() noexcept;

  // The body.
  [[nodiscard]] bool advance_body() noexcept;
  [[nodiscard]] bool fill(exchange& reader) noexcept;
  [[nodiscard]] bool discard_body() noexcept;
  void give_up_body() noexcept;
  void plan_unread_body(const head& request) noexcept;

  // Answers whose body is made while it is sent.
  [[nodiscard]] bool streaming() const noexcept;
  void answer_late(const head* request, response&& with);
  void begin_file(const head* request, const answer& what, std::unique_ptr<late_body> late);
  void begin_stream(const head* request, const answer& what, std::unique_ptr<late_body> late);
  [[nodiscard]] bool advance_stream() noexcept;
  [[nodiscard]] bool take_written(suspended_exchange& writer);
  void append_piece(suspended_exchange& writer, std::string_view piece, bool last);
  void finish_stream() noexcept;

  // Answers.
  void answer_with(const head* request, response&& with);
  void answer_failure(context& failed) noexcept;
  void refuse(int status) noexcept;
  [[nodiscard]] bool ends_after(const head* request) noexcept;
  void count_time() noexcept;
  void observe(exchange* of, const head* request, int status, std::uint64_t body_bytes) noexcept;
  void write(const head* request, answer what, std::string_view body) noexcept;
  void flush() noexcept;
  [[nodiscard]] bool output_in_flight() const noexcept;

  // Another loop.
  [[nodiscard]] bool belongs_here(const head& request) noexcept;
  [[nodiscard]] bool leaves_with(const head& request) noexcept;
  [[nodiscard]] bool goes_on_trial(const head& request) noexcept;
  [[nodiscard]] bool key_lives_here(const head& request) noexcept;
  [[nodiscard]] bool is_near_enough() noexcept;
  [[nodiscard]] bool may_set_out() const noexcept;
  void set_out() noexcept;
  void go() noexcept;
  void put_on_offer() noexcept;
  void leave(io::outcome what) noexcept;
  void give_socket_back() noexcept;

  // Time and the end.
  void settle() noexcept;
  [[nodiscard]] phase awaited() const noexcept;
  void wait_for(phase next) noexcept;
  void wait_for_handler(bool entered) noexcept;
  [[nodiscard]] nanoseconds random_part_of(nanoseconds whole) const noexcept;
  [[nodiscard]] monotonic_time rests_until() const noexcept;
  void set_deadline(monotonic_time when) noexcept;
  void deadline_expired() noexcept;
  [[nodiscard]] bool taken_fast_enough() noexcept;
  void thread_is_late() noexcept;
  void handler_is_late() noexcept;
  void finish() noexcept;
  void retire_when_quiet() noexcept;

  // Both bases have a `socket`.
  [[nodiscard]] io::receive_op& receiving() noexcept { return *this; }
  [[nodiscard]] io::send_op& sending() noexcept { return *this; }
  [[nodiscard]] const io::send_op& sending() const noexcept { return *this; }

  server_core& core_;
  deadline_timer timer_{*this};
  monotonic_time deadline_ = never;
  std::string_view input_;
  std::unique_ptr<std::string> pending_;
  std::unique_ptr<std::string> remote_;
  std::unique_ptr<body_source> body_;
  std::unique_ptr<tail> tail_;     ///< goes out after filling_; nothing is served before
  lent_place* place_ = nullptr;    ///< in the table of those on offer; nullptr: it is never
  joint_socket* joint_ = nullptr;  ///< set while another loop may still hold the socket
  suspended_exchange* active_ = nullptr;
  output_block* filling_ = nullptr;
  output_block* sending_ = nullptr;
  std::uint64_t key_ = 0;  ///< that lives here, with the homes' mark; plain of one that goes home
  std::uint64_t acknowledged_ = 0;  ///< bytes that the client had taken when a send was slow
  parse_progress progress_;
  std::uint32_t served_ = 0;   ///< requests
  std::uint32_t work_us_ = 0;  ///< since forget_work(); a wrap, after an hour of work, is harmless
  std::uint32_t closes_at_ = 0;  ///< in seconds of the loop's clock: old enough
  phase phase_ = phase::head;
  std::uint8_t weighed_ : 7 = 0;   ///< the trial for which it was decided whether it goes
  bool to_trial_ : 1 = false;      ///< it departs for the process that is on trial
  bool advancing_ : 1 = false;     ///< advance() is on the stack
  bool handler_done_ : 1 = false;  ///< active_ has a result to take
  bool continued_ : 1 = false;     ///< "100 Continue" was sent for the request under way
  bool measured_ : 1 = false;      ///< acknowledged_ is of the send under way
  bool last_ : 1 = false;          ///< no request is served after the answer that is under way
  bool unread_ : 1 = false;        ///< the peer may still send what we shall not read
  bool peer_ended_ : 1 = false;    ///< the peer sends no more
  bool departing_ : 1 = false;     ///< its receive is being ended, for another loop
  bool goes_home_ : 1 = false;     ///< it departs for where its next request belongs
  bool came_home_ : 1 = false;     ///< its next request is served here: it was sent for that
  bool shared_ : 1 = false;        ///< another process may have a descriptor of the socket
  bool moved_ : 1 = false;         ///< somebody else serves it; only the record is left
  bool waits_turn_ : 1 = false;    ///< in the slow lane
  bool has_turn_ : 1 = false;      ///< its next request need not wait there
  bool closing_ : 1 = false;
  bool retired_ : 1 = false;
  arrivals arrivals_;
};

}  // namespace shoal::http
