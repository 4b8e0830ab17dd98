// One connection. In a closed loop it keeps `pipeline` requests in flight, and every answer is
// followed by the next request; in an open one (options::rate) it rests until it is given one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "io/driver.h"
#include "load/answer_scanner.h"
#include "load/crowd.h"
#include "load/waiting_line.h"

namespace shoal::load {

/// Lifetime: outlives the driver's use of it. It must be closed, or the driver gone, before it
/// dies.
class connection final : public list_node, io::connect_op, io::receive_op, io::send_op {
 public:
  /// `place`: where on the tape it begins.
  connection(crowd&, std::size_t place);

  /// Opens a closed connection.
  void open();

  /// Of an open loop: the request that stands there on the tape, whose time had come at `due`, is
  /// its to send, behind what it has. Latency counts from then. Not in crowd::idle or crowd::roomy
  /// any more.
  void give(monotonic_time due, std::size_t place);

  /// Has a request that no other may join.
  [[nodiscard]] bool taken_alone() const noexcept { return alone_ != 0; }

  /// Gives up what was asked, or begun to be opened, before that.
  void give_up(monotonic_time before);

  /// Closes it, whatever is in flight.
  void close();

 private:
  /// A request that is out.
  struct question {
    monotonic_time at{};
    std::uint32_t kind = 0;
  };

  void connected(io::outcome) noexcept override;
  void received(io::outcome, io::lease) noexcept override;
  void sent(io::outcome) noexcept override;

  void go_on();
  void ask();
  void stand_ready();
  void send_first_of_line();
  void read(std::string_view piece);
  void answered(const reading& found, monotonic_time now);
  void framing_failed();
  void ended(bool in_order);
  void forget_what_is_out();
  void lose_what_is_out();
  void lose_line();
  void leave(bool rest);
  void close_if_quiet();
  void come_back();
  [[nodiscard]] bool give_up_line(monotonic_time before);
  question finish() noexcept;
  void leave_line() noexcept;
  void count_end_by_server();
  void count_served();
  void note_arrival();
  [[nodiscard]] std::uint64_t out() const noexcept { return asked_ - answered_; }
  [[nodiscard]] bool spent() const noexcept;  ///< has asked all that one connection may ask
  [[nodiscard]] bool fresh() const noexcept { return crowd_.asked.pick == pick::fresh; }
  [[nodiscard]] question& slot(std::uint64_t number) noexcept {
    return questions_[number & (questions_.size() - 1)];
  }

  crowd& crowd_;
  answer_scanner scanner_;
  std::vector<question> questions_;  // a ring of those that are out; a power of two
  std::size_t place_;                // on the tape, of the next request
  std::uint64_t asked_ = 0;          // requests sent on this connection
  std::uint64_t answered_ = 0;       // or given up
  waiting_line line_;                // of an open loop, behind those
  unsigned alone_ = 0;               // of both, how many are to be alone
  monotonic_time opening_since_{};
  int socket_ = -1;
  std::uint16_t port_ = 0;  // its own, if a log is kept
  bool opening_ = false;
  bool leaving_ = false;  // ends as soon as nothing is in flight
  bool rest_ = false;     // then rests instead of opening anew
  bool served_ = false;   // in crowd::served
  bool arrived_ = false;  // in crowd::arrived
};

}  // namespace shoal::load
