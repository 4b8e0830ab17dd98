// What all connections of a thread share.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/intrusive_list.h"
#include "io/driver.h"
#include "load/answer_scanner.h"
#include "load/histogram.h"
#include "load/options.h"
#include "load/request_log.h"
#include "load/tally.h"
#include "load/tape.h"

namespace shoal::load {

class connection;

/// What a thread knows of one kind of request.
struct kind_record {
  answer_check check;
  bool alone = false;
  load::tally tally;  ///< its requests
  histogram latency;  ///< with the ages of requests that were given up
};

struct crowd {
  io::driver& driver;
  const options& asked;
  const tape& requests;
  std::vector<std::unique_ptr<kind_record>> kinds{};  ///< of options::kinds, in that order

  // Told by whoever runs the crowd.
  bool ending = false;                                             ///< what is closed stays closed
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();  ///< requests of a closed loop
  monotonic_time counted_from = never;  ///< whatever was asked or due before it is not counted

  tally total{};            ///< of connections; of requests, what their kinds do not count
  std::uint64_t right = 0;  ///< right answers, counted or not
  std::uint64_t came = 0;   ///< answers, right or wrong, counted or not
  std::uint64_t out = 0;    ///< requests that are out, or wait in the line of a connection
  unsigned open = 0;        ///< connections that have a socket
  unsigned served = 0;      ///< connections that have had an answer, or could not be opened
  unsigned arrived = 0;     ///< connections that have been opened once, or could not be

  // Of an open loop whose requests join no lines: connections that may be given one, the longest
  // at rest first.
  intrusive_list<connection> idle{};   ///< nothing is out; of pick::fresh, closed
  intrusive_list<connection> roomy{};  ///< more fits behind what is out

  intrusive_list<connection> resting{};  ///< closed after a failure; to be opened again

  request_log log{};

  [[nodiscard]] bool counts(monotonic_time asked_at) const noexcept {
    return asked_at >= counted_from;
  }

  /// One that nobody waits for any longer, asked or due at `at`. `port`: as log_entry's.
  void count_timeout(std::uint32_t kind, monotonic_time at, monotonic_time now,
                     std::uint16_t port = 0) {
    if (!counts(at)) return;
    ++kinds[kind]->tally.timeouts;
    kinds[kind]->latency.record(static_cast<std::uint64_t>((now - at).count()));
    log.note({at, now, kind, port, fate::timed_out});
  }

  void count_lost(std::uint32_t kind, monotonic_time at, std::uint16_t port) {
    if (!counts(at)) return;
    ++kinds[kind]->tally.lost;
    log.note({at, driver.now(), kind, port, fate::failed});
  }

  /// A connection that the server has ended, with nothing out or as announced.
  void count_end(std::uint16_t port) {
    ++total.ended;
    log.note({driver.now(), driver.now(), 0, port, fate::ended});
  }
};

}  // namespace shoal::load
