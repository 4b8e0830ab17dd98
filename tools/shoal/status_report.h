// What `shoal status` says: from a segment to a report, from reports to text. No input or output.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "shm/load_finder.h"
#include "shm/slot_reader.h"

namespace shoal::tool {

/// The default of stall_warn, for a server that does not say its own.
inline constexpr nanoseconds usual_stall = std::chrono::milliseconds(25);

struct worker_report {
  unsigned worker = 0;  ///< its slot's number
  shm::slot_view slot;
  double requests_per_second = 0;   ///< in its last window
  nanoseconds stall = usual_stall;  ///< a turn that has lasted so long gets it no connections

  [[nodiscard]] bool stuck() const noexcept { return slot.turn_age >= stall; }

  /// Why it gets no new connections: "draining", "in a turn for 3.2 s"; empty: it gets some.
  [[nodiscard]] std::string obstacle() const;
};

struct server_report {
  std::string name;
  std::string dispatch;  ///< who gets a connection, in words; empty: not said
  std::uint64_t supervisor_pid = 0;
  bool supervisor_alive = true;
  std::vector<std::uint64_t> processes;  ///< that hold the segment
  nanoseconds uptime{0};
  std::vector<worker_report> workers;  ///< slots that have an owner, or nonsense in them

  [[nodiscard]] bool has_process(std::uint64_t pid) const noexcept;
};

/// Now. Looks at the clock for each slot: a turn that begins meanwhile is not in the future.
[[nodiscard]] server_report describe(const shm::found_segment& segment);
/// Of all, or of the one that process `pid` belongs to.
[[nodiscard]] std::vector<server_report> describe(const shm::found_segments& found,
                                                  std::optional<std::uint64_t> pid);
/// At one moment, for tests.
[[nodiscard]] server_report describe(const shm::found_segment& segment, monotonic_time now);

/// "api: supervisor 10, up 3 min 4 s, 2 of 2 workers ready".
[[nodiscard]] std::string title(const server_report& server);

/// A heading and a table for each server; empty for none.
[[nodiscard]] std::string to_table(const std::vector<server_report>& servers);

/// {"servers":[...]} on one line, without a newline. Times are in seconds, sizes in bytes.
[[nodiscard]] std::string to_json(const std::vector<server_report>& servers);

}  // namespace shoal::tool
