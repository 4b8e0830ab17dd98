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
#include "load/tally.h"
#include "load/tape.h"

namespace shoal::load {

class connection;

/// What a thread knows of one kind of request.
struct kind_record {
  answer_check check;
  load::tally tally;  ///< its requests
  histogram latency;  ///< with the ages of requests that were given up
};

struct crowd {
  io::driver& driver;
  const options& asked;
  const tape& requests;
  std::vector<std::unique_ptr<kind_record>> kinds{};  ///< of options::kinds, in that order

  // Told by whoever runs the crowd.
  bool once = false;    ///< one request for each connection, which then stays open
  bool ending = false;  ///< what is closed stays closed
  std::uint64_t left = std::numeric_limits<std::uint64_t>::max();  ///< requests of a closed loop
  monotonic_time counted_from = never;  ///< whatever was asked or due before it is not counted

  tally total{};            ///< of connections; of requests, what their kinds do not count
  std::uint64_t right = 0;  ///< right answers, counted or not
  std::uint64_t came = 0;   ///< answers, right or wrong, counted or not
  std::uint64_t out = 0;    ///< requests that are out
  unsigned open = 0;        ///< connections that have a socket
  unsigned served = 0;      ///< connections that have had an answer, or could not be opened
  unsigned arrived = 0;     ///< connections that have been opened once, or could not be

  // Of an open loop: connections that may be told to ask, the longest at rest first.
  intrusive_list<connection> idle{};   ///< nothing is out
  intrusive_list<connection> roomy{};  ///< more fits behind what is out

  intrusive_list<connection> resting{};  ///< closed after a failure; to be opened again

  [[nodiscard]] bool counts(monotonic_time asked_at) const noexcept {
    return asked_at >= counted_from;
  }

  /// A request that nobody waits for any longer.
  void count_timeout(std::uint32_t kind, nanoseconds age) noexcept {
    ++kinds[kind]->tally.timeouts;
    kinds[kind]->latency.record(static_cast<std::uint64_t>(age.count()));
  }
};

}  // namespace shoal::load
