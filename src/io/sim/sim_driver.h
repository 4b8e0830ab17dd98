// The contract of io/driver.h on a simulated network. It makes no system call; its clock jumps to
// the next event, or to the time that wait() is given.
//
// Stricter than the kernel: closing a socket on which something is in flight, two operations of one
// kind on a socket, a number used after close, and a lease that outlives the driver end the
// process.
#pragma once

#include <atomic>
#include <deque>
#include <vector>

#include "io/driver.h"
#include "io/sim/buffer_pool.h"
#include "io/sim/heap.h"
#include "io/sim/network.h"

namespace shoal::io::sim {

class sim_driver final : public driver {
 public:
  sim_driver(network&, const driver_options&);
  ~sim_driver() override;

  [[nodiscard]] std::string_view name() const noexcept override { return "sim"; }
  /// Any family: there is one network.
  [[nodiscard]] int fresh_socket(int family) noexcept override;
  /// Each listener has an address of its own, whichever was wanted.
  [[nodiscard]] int listen(socket_address& where, int backlog) noexcept override;
  void start(accept_op& op) noexcept override { begin(op); }
  void start(receive_op& op) noexcept override { begin(op); }
  void start(send_op&) noexcept override;
  void start(connect_op&) noexcept override;
  void start(send_file_op&) noexcept override;
  void cancel(operation&) noexcept override;
  void shutdown_send(int socket) noexcept override;
  void close(int socket) noexcept override;
  void release(int) noexcept override {}
  void wait(monotonic_time until) noexcept override;
  void deliver() noexcept override;
  void wake() const noexcept override;
  [[nodiscard]] monotonic_time now() const noexcept override { return net_.now(); }
  [[nodiscard]] socket_facts facts(int socket) const noexcept override;
  [[nodiscard]] const driver_counters& counters() const noexcept override { return counters_; }

  /// The last wait() was told to wait for ever, and nothing can happen any more.
  [[nodiscard]] bool idle() const noexcept { return idle_; }

  /// The `count`-th operation to be started from now on fails with `error`; 1 is the next.
  void fail_start(std::uint64_t count, int error) noexcept;

 private:
  void begin(operation&) noexcept;
  [[nodiscard]] nanoseconds draw_turn_time() noexcept;
  void promise_buffers();
  void step(operation&, socket&);
  void step_accept(accept_op&, socket&);
  void step_receive(receive_op&, socket&);
  void step_send(send_op&, socket&);
  void step_connect(connect_op&, socket&);
  void step_send_file(send_file_op&, socket&);
  [[nodiscard]] int cannot_send(const operation&, const endpoint*);
  [[nodiscard]] std::size_t fitting(std::size_t bytes, const endpoint&);
  [[nodiscard]] bool ends_cancelled(const operation&, bool has_happened);
  void starve(receive_op&);
  void end(operation&, int value);

  network& net_;
  const std::size_t most_outcomes_;  // in a turn
  buffer_pool buffers_;
  driver_counters counters_;
  vector<operation*> batch_;         // deliver()'s, in this turn
  vector<std::byte> file_bytes_;     // what a step has read from a file
  deque<operation*> starved_;        // receives that wait for a buffer, the longest first
  std::uint64_t failing_start_ = 0;  // counters_.submissions of the start that fails; 0: none
  int failing_error_ = 0;
  bool busy_ = false;  // the last deliver() had something to deliver
  bool idle_ = false;
  mutable std::atomic<bool> woken_{false};  // any thread sets it, wait() clears it
};

}  // namespace shoal::io::sim
