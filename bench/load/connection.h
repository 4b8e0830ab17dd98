// One connection. In a closed loop it keeps `pipeline` requests in flight, and every answer is
// followed by the next request; in an open one (options::rate) it rests until it is told to ask.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/clock.h"
#include "io/driver.h"
#include "load/answer_scanner.h"
#include "load/histogram.h"
#include "load/options.h"
#include "load/report.h"

namespace shoal::load {

class connection;

/// What all connections of a thread share.
struct crowd {
  io::driver& driver;
  const options& asked;
  std::span<const std::byte> requests;  ///< `pipeline` copies of one request
  std::size_t request_bytes = 0;        ///< of one
  bool once = false;                    ///< one request for each connection, which then stays open

  answer_check check{};
  tally total{};
  histogram latency{};
  unsigned served = 0;           ///< connections that have had an answer, or could not be opened
  std::deque<connection*> idle;  ///< of an open loop: may be told to ask, the longest idle first
  std::vector<connection*>
      resting;  ///< closed after a failure; whoever runs the crowd reopens them
};

/// Lifetime: outlives the driver's use of it. The driver must be gone, or idle, before it dies.
class connection final : io::connect_op, io::receive_op, io::send_op {
 public:
  explicit connection(crowd&);
  ~connection();

  /// Opens a closed connection.
  void open();

  /// Sends one request, whose time had come at `due`: latency counts from there. Of one that is
  /// idle.
  void ask_once(monotonic_time due);

 private:
  void connected(io::outcome) noexcept override;
  void received(io::outcome, io::lease) noexcept override;
  void sent(io::outcome) noexcept override;

  void ask();
  void rest_if_idle();
  void answered(unsigned count);
  void answer_failed(answer_fault fault);
  void leave(bool rest);
  void close_if_idle();
  [[nodiscard]] bool done() const noexcept;

  crowd& crowd_;
  answer_scanner scanner_;
  std::vector<monotonic_time> asked_at_;  // a ring: when the requests in flight were sent
  std::uint64_t asked_ = 0;               // requests sent on this connection
  std::uint64_t answered_ = 0;
  int socket_ = -1;
  bool leaving_ = false;  // ends as soon as nothing is in flight
  bool rest_ = false;     // then rests instead of opening anew
  bool counted_ = false;  // in crowd::served
};

}  // namespace shoal::load
