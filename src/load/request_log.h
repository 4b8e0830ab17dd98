// What became of each request and connection, for figures about how a load fares over time and
// about whose fault it was that one was lost.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "load/request_kind.h"

namespace shoal::load {

enum class fate : std::uint8_t {
  answered,
  refused,    ///< as it may be
  failed,     ///< the answer was wrong, or the connection ended before it
  timed_out,  ///< was given up
  ended,      ///< no request: a connection, by the server, with nothing out
};

struct log_entry {
  monotonic_time due{};    ///< or asked, in a closed loop; of a connection its end
  monotonic_time ended{};  ///< in whatever way
  std::uint32_t kind = 0;
  std::uint16_t port = 0;  ///< the client's, of the connection on which it was out; 0: on none
  fate what = fate::answered;
};

/// Of one thread. Keeps nothing until it is told to; then 24 bytes for each entry.
class request_log final {
 public:
  void keep() noexcept { kept_ = true; }
  [[nodiscard]] bool kept() const noexcept { return kept_; }

  void note(const log_entry& entry) {
    if (kept_) entries_.push_back(entry);
  }
  void clear() noexcept { entries_.clear(); }
  [[nodiscard]] const std::vector<log_entry>& entries() const noexcept { return entries_; }

 private:
  bool kept_ = false;
  std::vector<log_entry> entries_;
};

/// "KIND DUE LATENCY FATE PORT" between tabs, and a line feed: seconds of CLOCK_MONOTONIC,
/// milliseconds from there to the end, and the word of `fate`. A connection's kind is "-".
[[nodiscard]] std::string log_line(const log_entry&, const std::vector<request_kind>& kinds);

}  // namespace shoal::load
