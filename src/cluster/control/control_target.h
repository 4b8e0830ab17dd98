// What the control socket can have done, and who does it: the supervisor, or a test's stand-in.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "cluster/control/event_ring.h"

namespace shoal::cluster {

struct control_outcome {
  enum class kind : unsigned char {
    done,
    refused,  ///< nothing was tried: things are not so that it could be done
    failed    ///< it was tried
  };
  kind what = kind::done;
  std::string text;  ///< a sentence: what has been done, or why not
};

/// Called once. Never from inside the call that it was given to, unless nothing has to be waited
/// for.
using control_then = std::function<void(const control_outcome&)>;

/// What a process is to its slot.
enum class process_role : unsigned char { serves, succeeds, canary, leaves };

struct process_status {
  unsigned node = 0;
  process_role role = process_role::serves;
  pid_t pid = 0;             ///< 0: there is none now
  unsigned generation = 0;   ///< of a process that there is
  std::string_view state{};  ///< of the slot; empty for one that does not have it
  nanoseconds uptime{0};
  unsigned restarts = 0;       ///< of the slot
  std::string last_failure{};  ///< of the slot: why its last boot failed
  bool drained = false;        ///< the slot: it was asked to rest
  unsigned resting = 0;        ///< workers of the slot that serve nobody
};

struct control_status {
  pid_t pid = 0;
  std::string_view state{};  ///< starting, serving, reloading, upgrading or stopping
  nanoseconds uptime{0};
  unsigned reloads = 0;          ///< that have ended
  std::string reload_failure{};  ///< of the last one; empty: it has not failed
  std::vector<process_status> processes{};
};

/// An address that the cluster listens on.
struct listener_status {
  std::string address;
  unsigned sockets = 0;
  unsigned waiting = 0;  ///< connections that nobody has accepted yet; of TCP
  unsigned backlog = 0;  ///< of each socket, as the kernel has cut it; of TCP
};

/// Of a worker: the plan, and what has come of it.
struct worker_numa_status {
  unsigned worker = 0;
  unsigned node = 0;                        ///< NUMA, of the core that was planned
  std::optional<unsigned> planned;          ///< core; none: any of its process's
  std::optional<std::uint64_t> core;        ///< that it ran on last
  std::optional<std::uint64_t> migrations;  ///< from core to core
  std::uint64_t packets_near = 0;           ///< looks at connections' packets that came in there
  std::uint64_t packets_far = 0;
};

struct pages_status {
  std::string_view kind;
  std::vector<std::uint64_t> pages;  ///< of 4 KiB, by node
};

struct process_numa_status {
  unsigned node = 0;  ///< the process
  pid_t pid = 0;
  std::string memory;                 ///< the plan, in words
  std::optional<nanoseconds> looked;  ///< so long ago; none: not yet
  double remote_share = 0;            ///< 0 .. 1, of what has a plan
  std::vector<pages_status> pages{};
  std::vector<worker_numa_status> workers{};
};

struct numa_status {
  std::string plan;             ///< in words
  std::vector<unsigned> nodes;  ///< ids, as pages are counted
  bool balancing = false;       ///< the kernel moves pages by itself (kernel.numa_balancing)
  std::vector<process_numa_status> processes{};
};

class control_target {
 public:
  [[nodiscard]] virtual numa_status numa() const = 0;
  [[nodiscard]] virtual control_status status() const = 0;
  [[nodiscard]] virtual std::vector<listener_status> listeners() const = 0;
  [[nodiscard]] virtual const event_ring& events() const = 0;
  /// Node processes: numbers below this are nodes.
  [[nodiscard]] virtual unsigned nodes() const = 0;

  /// Of all node processes. During another one: `then` hears of the one that follows that.
  virtual void reload_all(control_then then) = 0;
  /// Likewise, of one.
  virtual void restart(unsigned node, control_then then) = 0;
  /// Another program takes the place of this one; `binary` empty: the same path as this one's.
  virtual void upgrade_to(const std::string& binary, control_then then) = 0;
  /// The program from before the last upgrade takes our place, likewise.
  virtual void roll_back(control_then then) = 0;
  /// SIGKILL; `then` is called when the next one serves.
  virtual void kill(unsigned node, control_then then) = 0;
  /// So many workers serve; the others rest. `then` is called when those have no connection left.
  virtual void scale(unsigned workers, control_then then) = 0;
  /// All workers of a node rest. Likewise.
  virtual void drain(unsigned node, control_then then) = 0;
  virtual void undrain(unsigned node, control_then then) = 0;
  /// It has begun when this returns.
  virtual control_outcome stop(bool now) = 0;
  virtual control_outcome reopen_log() = 0;

 protected:
  ~control_target() = default;
};

}  // namespace shoal::cluster
