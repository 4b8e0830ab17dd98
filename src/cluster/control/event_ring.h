// What has happened to the processes of a cluster lately, for who asks afterwards.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "shoal/cluster/events.h"

namespace shoal::cluster {

/// The last 256 of them. Each text is cut to 512 bytes: a process says why it fails, and may say
/// anything.
class event_ring final {
 public:
  static constexpr std::size_t capacity = 256;
  static constexpr std::size_t longest_text = 512;

  /// Gives it its number.
  const lifecycle_event& add(lifecycle_event event, std::int64_t milliseconds);

  /// Oldest first.
  [[nodiscard]] const std::deque<lifecycle_event>& all() const noexcept { return events_; }

 private:
  std::deque<lifecycle_event> events_;
  std::uint64_t last_ = 0;
};

[[nodiscard]] std::string_view name_of(event_kind) noexcept;

[[nodiscard]] std::string to_json(const lifecycle_event&);
/// For people, without its time. All of it on one line, whatever a process says of itself.
[[nodiscard]] std::string describe(const lifecycle_event&);
/// A line: as JSON, or for people.
[[nodiscard]] std::string to_json_line(const lifecycle_event&);
[[nodiscard]] std::string to_text_line(const lifecycle_event&);

}  // namespace shoal::cluster
