// What a load has shown, and how it is printed.
#pragma once

#include <cstdint>
#include <string>

#include "load/histogram.h"
#include "load/options.h"

namespace shoal::load {

/// What happened to connections and requests.
struct tally {
  std::uint64_t answers = 0;
  std::uint64_t bytes = 0;       ///< received
  std::uint64_t opened = 0;      ///< connections
  std::uint64_t ended = 0;       ///< by the server, in order: between requests, or as announced
  std::uint64_t refused = 0;     ///< connections
  std::uint64_t unopened = 0;    ///< connections that failed in another way than refused
  std::uint64_t broken = 0;      ///< connections that ended or failed with requests out
  std::uint64_t lost = 0;        ///< requests that were out then
  std::uint64_t bad_status = 0;  ///< answers
  std::uint64_t bad_framing = 0;
  std::uint64_t bad_body = 0;

  [[nodiscard]] std::uint64_t errors() const noexcept {
    return refused + unopened + broken + bad_status + bad_framing + bad_body;
  }
};

/// One measured window.
struct report {
  tally total;
  histogram latency;  ///< from the turn that sent a request to the one that read the answer
  double seconds = 0;
  std::uint64_t turns = 0;       ///< of the generator's loop
  double generator_seconds = 0;  ///< CPU time of the generator
  double server_seconds = -1;    ///< CPU time of the watched processes; -1: none, or one has gone
  std::string driver;            ///< the generator's own

  [[nodiscard]] double rate() const noexcept {
    return static_cast<double>(total.answers) / seconds;
  }
  [[nodiscard]] double answers_per_turn() const noexcept {
    return turns == 0 ? 0.0 : static_cast<double>(total.answers) / static_cast<double>(turns);
  }
};

/// A table of a few lines.
[[nodiscard]] std::string as_text(const options& asked, const report& seen);

/// One JSON object in one line; latencies in nanoseconds.
[[nodiscard]] std::string as_json(const options& asked, const report& seen);

}  // namespace shoal::load
