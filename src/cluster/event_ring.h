// What has happened to the processes of a cluster lately, for who asks afterwards.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace shoal::cluster {

enum class event_kind : unsigned char {
  fork,       ///< a process was started
  online,     ///< its workers have booted
  listening,  ///< they accept connections
  exit,       ///< it has ended: `code` or `signal`, and in words
  reload_begin,
  reload_end,  ///< `text` says why it has failed; empty: it has not
  upgrade_begin,
  upgrade_end,  ///< likewise
  stop          ///< the cluster goes down
};

/// Whose it is; none of those that concern the whole cluster.
struct event_process {
  unsigned node = 0;
  pid_t pid = 0;
  unsigned generation = 0;
};

struct lifecycle_event {
  event_kind kind = event_kind::fork;
  std::optional<event_process> process{};
  std::string text{};
  std::optional<int> code{};
  std::optional<int> signal{};
  std::uint64_t number = 0;       ///< from 1; the ring's
  std::int64_t milliseconds = 0;  ///< since 1970
};

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

/// A line: as JSON, or for people.
[[nodiscard]] std::string to_json_line(const lifecycle_event&);
[[nodiscard]] std::string to_text_line(const lifecycle_event&);

}  // namespace shoal::cluster
