// A client with one connection: it sends one request, reads its answer, and then sends the next
// that waits. A connection that ends or fails is opened anew.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "load/answer_scanner.h"
#include "load/histogram.h"
#include "open/open_options.h"
#include "open/request_log.h"

namespace shoal::open {

class client;

/// What became of the measured requests of one class.
struct class_tally {
  std::uint64_t planned = 0;
  std::uint64_t answers = 0;
  std::uint64_t lost = 0;  ///< their connection could not be opened, or ended before the answer
  std::uint64_t bad_status = 0;
  std::uint64_t bad_framing = 0;
  std::uint64_t bad_body = 0;
  std::uint64_t refusals = 0;  ///< 503 where it is permitted; not among the answers
  std::uint64_t timeouts = 0;  ///< not among the answers; in the latencies with their age
  load::histogram latency;     ///< from the planned time to the last byte
  load::histogram refusal_latency;

  [[nodiscard]] std::uint64_t errors() const noexcept {
    return lost + bad_status + bad_framing + bad_body;
  }
};

/// A connection that is closed, and when to open it again.
struct comeback {
  client* who;
  monotonic_time when;
};

/// What all clients share. One thread.
struct crowd {
  const options& asked;
  int poller;  ///< epoll, edge-triggered, the client as data

  struct kind {
    std::string request;
    load::answer_check check;
    class_tally tally;
  };
  std::vector<kind> kinds;  ///< of options::classes, in that order
  request_log log;

  std::deque<request> waiting;   ///< choice::idle: for any client that becomes idle
  std::vector<comeback> closed;  ///< to be opened again
  std::vector<client*> done;     ///< choice::fresh: closed, to be used for another request
  std::uint64_t opened = 0;      ///< connections
  std::uint64_t ended = 0;       ///< by the server, with no request out
  std::uint64_t refused = 0;
  std::uint64_t answered = 0;  ///< measured or not
  std::uint64_t out = 0;       ///< requests that came due and are not done

  /// Counts one that nobody waits for any longer. `port`: as request_log::note's.
  void give_up(const request& old, std::uint16_t port);
};

/// Lifetime: stays where it is while its poller is waited for.
class client final {
 public:
  explicit client(crowd& shared) : crowd_(shared) {}
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  void open();

  /// Sends it now, or as soon as what came before is answered.
  void give(const request& next);

  void ready(std::uint32_t events);     ///< what epoll says
  void give_up(monotonic_time before);  ///< what was due before that

  [[nodiscard]] bool idle() const noexcept { return connected_ && !out_ && waiting_.empty(); }
  [[nodiscard]] bool taken_alone() const noexcept { return alone_ != 0; }

 private:
  void connected();
  void receive();
  void send_next();
  void answered(bool refused, monotonic_time now);
  void answer_failed(load::answer_fault fault);
  void finish() noexcept;
  void ended();
  void come_back(nanoseconds after);
  void close() noexcept;
  [[nodiscard]] class_tally& tally_of(const request& r) const noexcept {
    return crowd_.kinds[r.of_class].tally;
  }

  crowd& crowd_;
  int socket_ = -1;
  bool connected_ = false;
  std::uint16_t port_ = 0;  // its own, while it is connected
  std::optional<request> out_;
  load::answer_scanner scanner_;  // for the answer to that
  std::deque<request> waiting_;
  unsigned alone_ = 0;  // of those out or waiting, how many must have the connection alone
};

}  // namespace shoal::open
