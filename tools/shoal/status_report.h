// What `shoal status` says: from a segment to a report, from reports to text. No input or output.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "shm/load_finder.h"
#include "shm/slot_reader.h"

namespace shoal::tool {

/// A turn that has lasted longer than this is shown as "stuck": the worker answers nobody else.
inline constexpr nanoseconds stuck_after = std::chrono::milliseconds(100);

struct worker_report {
  unsigned worker = 0;  ///< its slot's number
  shm::slot_view slot;

  [[nodiscard]] bool stuck() const noexcept { return slot.turn_age > stuck_after; }
};

struct server_report {
  std::string name;
  std::uint64_t supervisor_pid = 0;
  bool supervisor_alive = true;
  std::vector<std::uint64_t> processes;  ///< that hold the segment
  nanoseconds uptime{0};
  std::vector<worker_report> workers;  ///< slots that have an owner, or nonsense in them

  [[nodiscard]] bool has_process(std::uint64_t pid) const noexcept;
};

[[nodiscard]] server_report describe(const shm::found_segment& segment, monotonic_time now);

/// A heading and a table for each server; empty for none.
[[nodiscard]] std::string to_table(const std::vector<server_report>& servers);

/// {"servers":[...]} on one line, without a newline. Times are in seconds.
[[nodiscard]] std::string to_json(const std::vector<server_report>& servers);

/// Two digits or a little more: "0 us", "12 us", "3.4 ms", "1.2 s", "3 min 4 s", "2 h 5 min",
/// "4 d 3 h".
[[nodiscard]] std::string format_duration(nanoseconds duration);

}  // namespace shoal::tool
