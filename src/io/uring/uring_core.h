// A turn is one io_uring_enter: it submits what the last deliver() started, then waits.
//
// Receives and accepts are multishot: they stay armed and cost no submission. A send is tried at
// once within the enter, without a completion: after it, a send of which nothing was heard has left
// in full (see scan()). That halves the completions of a server.
//
// Whatever ends a multishot request silently (a full completion queue does) is armed again here;
// the operation above it hears of nothing.
//
// What is used only where somebody asks for it has its own files: zero_copy, registered_files,
// ring_polled (sqpoll), napi.
#pragma once

#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"
#include "io/driver.h"
#include "io/uring/buffer_ring.h"
#include "io/uring/operation_queue.h"
#include "io/uring/operation_state.h"
#include "io/uring/registered_files.h"
#include "io/uring/ring.h"
#include "io/uring/token.h"
#include "io/uring/zero_copy.h"

namespace shoal::io::uring {

class uring_driver final : public driver {
 public:
  ~uring_driver() override;

  [[nodiscard]] result<void> open(const driver_options&);

  [[nodiscard]] std::string_view name() const noexcept override { return "uring"; }
  [[nodiscard]] int fresh_socket(int family) noexcept override;
  [[nodiscard]] int listen(socket_address& where, int backlog) noexcept override;
  void start(accept_op&) noexcept override;
  void start(receive_op&) noexcept override;
  void start(send_op&) noexcept override;
  void start(connect_op&) noexcept override;
  void start(send_file_op&) noexcept override;
  void cancel(operation&) noexcept override;
  void shutdown_send(int socket) noexcept override;
  void close(int socket) noexcept override;
  void release(int socket) noexcept override { sockets_.forget(socket, ring_); }
  void flush() noexcept override;
  // Nothing is held back, and every receive and cancel that was asked for is in the kernel.
  [[nodiscard]] bool knows_all_received() const noexcept override {
    return receives_in_waits_ && !overflow_counted_ && ring_.queued() == 0;
  }
  void wait(monotonic_time until) noexcept override;
  void deliver() noexcept override;
  void wake() const noexcept override;
  [[nodiscard]] monotonic_time now() const noexcept override { return now_; }
  [[nodiscard]] socket_facts facts(int socket) const noexcept override {
    return read_socket_facts(socket);
  }
  [[nodiscard]] const driver_counters& counters() const noexcept override { return counters_; }
  [[nodiscard]] std::span<const std::byte> receive_memory() const noexcept override {
    return buffers_.memory();
  }

 private:
  [[nodiscard]] result<void> add_extras(const uring_features& used);
  void begin(operation& op) noexcept;

  // Requests to the kernel.
  io_uring_sqe& request_for(operation& op, request what) noexcept;
  void arm(accept_op& op) noexcept;
  void arm(receive_op& op, std::uint16_t multishot) noexcept;
  void send_rest(send_op& op) noexcept;
  void go_on(send_file_op& op) noexcept;
  void request_cancel(operation& op) noexcept;
  void arm_wake() noexcept;

  // Sends without copies: zero_copy.cc.
  void lend_bytes(send_op& op, io_uring_sqe& entry) noexcept;
  [[nodiscard]] int after_attempt(send_op& op, const completion& c) noexcept;
  void have_bytes_back(send_op& op) noexcept;
  void on_bytes_back(send_op& op) noexcept;
  void demand_bytes_back(send_op& op) noexcept;

  // Before and after the enter.
  void unpark() noexcept;
  void enter(monotonic_time until) noexcept;
  void scan() noexcept;
  void note_received(receive_op& op, const completion& c) noexcept;
  [[nodiscard]] static bool went_along(receive_op& op) noexcept;
  [[nodiscard]] bool has_backlog() const noexcept {
    return !ring_.empty() || !sent_.empty() || !dropped_.empty() || !files_.empty();
  }

  // Outcomes.
  unsigned deliver_sent(unsigned most) noexcept;
  unsigned deliver_files(unsigned most) noexcept;
  void dispatch(const completion& c) noexcept;
  void on_accept(accept_op& op, const completion& c) noexcept;
  void on_receive(receive_op& op, const completion& c) noexcept;
  void on_send(send_op& op, const completion& c) noexcept;
  void on_room(send_file_op& op, const completion& c) noexcept;
  void on_file_turn(send_file_op& op) noexcept;
  void on_cancel(operation& op, int code) noexcept;
  void park_or_arm(receive_op& op) noexcept;
  void end(operation& op, int value) noexcept;
  void finish_ended(operation& op) noexcept;
  void finish(operation& op, int value) noexcept;

  driver_counters counters_;
  buffer_ring buffers_;
  ring ring_{counters_.system_calls};
  registered_files sockets_;
  zero_copy zero_copy_;
  descriptor event_;
  // How requests are made: uring_features.
  std::uint16_t multishot_accept_ = IORING_ACCEPT_MULTISHOT;
  std::uint16_t multishot_receive_ = IORING_RECV_MULTISHOT;
  std::uint8_t send_flags_ = IOSQE_CQE_SKIP_SUCCESS;
  bool tells_of_sends_ = false;    // some sends always have a completion, and are in no queue
  bool receives_in_waits_ = true;  // and never between them
  unsigned scanned_ = 0;           // completions before this position have been through scan()
  bool overflow_counted_ = false;
  bool parked_cancelled_ = false;
  operation_queue submitted_;  // sends of which a completion may still tell
  operation_queue sent_;       // sends that have left in full
  operation_queue parked_;     // receives that wait for a buffer
  operation_queue dropped_;    // receives that were cancelled while parked
  operation_queue files_;      // files that have ended, or have had their share of the last turn
  monotonic_time now_;
};

}  // namespace shoal::io::uring
