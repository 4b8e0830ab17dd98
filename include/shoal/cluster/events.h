#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace shoal {

class supervisor;

/// What happens to node processes and to the cluster, as Node's cluster module calls it.
enum class event_kind : unsigned char {
  fork,       ///< a process was started
  online,     ///< its workers have booted
  listening,  ///< they accept connections
  exit,       ///< it has ended: `code` or `signal`, and in words
  reload_begin,
  reload_end,  ///< `text` says why it has failed; empty: it has not
  upgrade_begin,
  upgrade_end,   ///< likewise
  stop,          ///< the cluster goes down
  canary_begin,  ///< the new processes of a reload get a share of what comes
  canary_end     ///< `text` says how they did
};

/// Whose it is; none of those that concern the whole cluster.
struct event_process {
  unsigned node = 0;
  int pid = 0;
  unsigned generation = 0;
};

struct lifecycle_event {
  event_kind kind = event_kind::fork;
  std::optional<event_process> process{};
  std::string text{};
  std::optional<int> code{};
  std::optional<int> signal{};
  std::uint64_t number = 0;       ///< from 1, one more with each
  std::int64_t milliseconds = 0;  ///< since 1970
};

/// What follows the end of a node process that nobody asked for. (Who is killed at the end of its
/// boot timeout was not asked.)
enum class exit_policy : unsigned char {
  usual,     ///< what the options say: at once, or later if it has failed soon (restart-delay)
  restart,   ///< at once, however it ended; a boot that failed waits all the same
  back_off,  ///< as if it had failed: restart-delay, doubled each time
  give_up    ///< the cluster drains and ends with code 70
};

/// In the supervisor, on its one thread, between two things that it does: they must not block, and
/// what they throw is logged and has no effect.
struct lifecycle_hooks {
  std::function<void(supervisor&, const lifecycle_event&)> on_event;
  std::function<exit_policy(const lifecycle_event&)> on_exit;
};

}  // namespace shoal
