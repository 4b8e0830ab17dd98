// Keeps what became of each measured request and connection, for figures about how a load fares
// over time and about whose fault it was that one was lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "open/open_options.h"

namespace shoal::open {

/// A request that has come due.
struct request {
  monotonic_time due{};
  std::size_t of_class = 0;
  bool measured = false;  ///< was due within the measured window
};

enum class fate : std::uint8_t { answered, refused, failed, timed_out };

/// Keeps nothing until it is told to.
class request_log final {
 public:
  void keep() noexcept { kept_ = true; }

  /// `port`: the client's, of the connection on which it was out; 0: on none.
  void note(const request& about, fate what, monotonic_time when, std::uint16_t port);

  /// The server has ended a connection on which nothing was out.
  void note_end(std::uint16_t port, monotonic_time when);

  /// Lines "CLASS DUE LATENCY FATE PORT" into options::log, as they came to an end: seconds of
  /// CLOCK_MONOTONIC, milliseconds from there to the end, and the word of `fate`. Connections that
  /// the server has ended are lines "- WHEN 0 ended PORT". False: the file could not be written.
  [[nodiscard]] bool write(const options& asked) const;

 private:
  struct line {
    request about;
    monotonic_time ended;
    fate what;
    std::uint16_t port;
  };
  struct end {
    monotonic_time when;
    std::uint16_t port;
  };

  bool kept_ = false;
  std::vector<line> lines_;
  std::vector<end> ends_;
};

}  // namespace shoal::open
