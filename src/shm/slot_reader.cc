#include "shm/slot_reader.h"

#include <algorithm>

namespace shoal::shm {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;

// Clocks of two cores, and the time between reading the clock and reading the slot.
constexpr std::uint64_t clock_slack_ns = 1'000'000;

constexpr std::uint64_t pid_max = std::uint64_t{1} << 22;    // PID_MAX_LIMIT of 64-bit Linux
constexpr std::uint64_t cpu_max = 8191;                      // CONFIG_NR_CPUS
constexpr std::uint64_t node_max = 4095;                     // node processes; NUMA nodes are fewer
constexpr std::uint64_t open_max = std::uint64_t{1} << 30;   // descriptors: fs.nr_open's limit
constexpr std::uint64_t count_max = std::uint64_t{1} << 53;  // whole in a double, centuries away
constexpr std::uint64_t work_max_us = 3'600'000'000;         // an hour: nobody waits for longer
constexpr std::uint64_t bytes_max = std::uint64_t{1} << 57;  // address space of five-level paging
constexpr std::uint64_t ppm_max = 1'000'000;

constexpr nanoseconds window = std::chrono::seconds(1);

/// Reads words of one slot and remembers whether any was impossible.
class examiner final {
 public:
  explicit examiner(monotonic_time now) noexcept : now_ns_(to_ns(now)) {}

  std::uint64_t number(const word& w, std::uint64_t max) noexcept {
    const std::uint64_t value = w.load(relaxed);
    suspect_ |= value > max;
    return std::min(value, max);
  }

  /// How long ago a moment was.
  nanoseconds age(std::uint64_t moment_ns) noexcept {
    suspect_ |= moment_ns > now_ns_ + clock_slack_ns;
    return nanoseconds(now_ns_ - std::min(moment_ns, now_ns_));
  }

  [[nodiscard]] bool suspect() const noexcept { return suspect_; }

 private:
  std::uint64_t now_ns_;
  bool suspect_ = false;
};

std::uint64_t read_cpu(const word& w, examiner& e) noexcept {
  return w.load(relaxed) == not_pinned ? not_pinned : e.number(w, cpu_max);
}

void read_times(const load_slot& s, examiner& e, slot_view& v) noexcept {
  const std::uint64_t began_ns = s.turn_began_ns.load(relaxed);
  const std::uint64_t ended_ns = s.turn_ended_ns.load(relaxed);
  const std::uint64_t boot_ns = s.boot_ns.load(relaxed);
  v.uptime = e.age(boot_ns);
  v.heartbeat_age = e.age(ended_ns != 0 ? ended_ns : boot_ns);
  v.turn_age = began_ns != 0 ? e.age(began_ns) : nanoseconds(0);
  const auto uptime_ns = static_cast<std::uint64_t>(v.uptime.count());
  v.busy = nanoseconds(e.number(s.busy_ns, uptime_ns + clock_slack_ns));
  v.lag_mean = nanoseconds(e.number(s.lag_mean_ns, uptime_ns + clock_slack_ns));
  v.lag_max = nanoseconds(e.number(s.lag_max_ns, uptime_ns + clock_slack_ns));
  v.run_delay = nanoseconds(e.number(s.run_delay_ns, count_max));
  v.busy_share = static_cast<double>(e.number(s.busy_ppm, ppm_max)) / ppm_max;
}

/// What the writer said about its last window is old news to a reader who sees what it does now.
void bring_up_to_date(slot_view& v) noexcept {
  if (v.turn_age >= window) {
    v.busy_share = 1;
  } else if (v.turn_age.count() == 0 && v.heartbeat_age >= window) {
    v.busy_share = 0;
    v.lag_mean = v.lag_max = v.run_delay = nanoseconds(0);
  }
  v.lag_max = std::max(v.lag_max, v.turn_age);
}

}  // namespace

slot_view read_slot(const load_slot& s, monotonic_time now) noexcept {
  slot_view v;
  examiner e(now);
  // Pairs with set_state(): the identity is at least as new as the state.
  const std::uint64_t state = s.state.load(acquire);
  if (state == static_cast<std::uint64_t>(worker_state::empty)) return v;
  if (state > static_cast<std::uint64_t>(worker_state::resting)) {
    v.suspect = true;
    return v;
  }
  v.state = static_cast<worker_state>(state);
  v.generation = e.number(s.generation, count_max);
  v.pid = e.number(s.pid, pid_max);
  v.thread_id = e.number(s.thread_id, pid_max);
  v.node = e.number(s.node, node_max);
  v.cpu = read_cpu(s.cpu, e);
  v.driver =
      static_cast<driver_kind>(e.number(s.driver, static_cast<std::uint64_t>(driver_kind::epoll)));
  v.restarts = e.number(s.restarts, count_max);
  v.turns = e.number(s.turns, count_max);
  v.connections_open = e.number(s.connections_open, open_max);
  v.requests_in_flight = e.number(s.requests_in_flight, open_max);
  v.requests_total = e.number(s.requests_total, count_max);
  v.connections_accepted = e.number(s.connections_accepted, count_max);
  v.predicted_work_us = e.number(s.predicted_work_us, work_max_us);
  v.unserved = e.number(s.unserved, open_max);
  v.jobs_queued = e.number(s.jobs_queued, open_max);
  v.stalls = e.number(s.stalls, count_max);
  v.rehomed = e.number(s.rehomed, count_max);
  v.resident_bytes = e.number(s.resident_bytes, bytes_max);
  read_times(s, e, v);
  v.suspect = e.suspect();
  bring_up_to_date(v);
  return v;
}

slot_view read_slot(const load_slot& s) noexcept {
  constexpr int looks = 3;
  slot_view v;
  for (int i = 0; i < looks; ++i) {
    v = read_slot(s, read_clock());
    if (!v.suspect) break;
  }
  return v;
}

std::string_view name_of(worker_state state) noexcept {
  switch (state) {
    case worker_state::empty:
      return "empty";
    case worker_state::booting:
      return "booting";
    case worker_state::ready:
      return "ready";
    case worker_state::draining:
      return "draining";
    case worker_state::stopped:
      return "stopped";
    case worker_state::crashed:
      return "crashed";
    case worker_state::resting:
      return "resting";
  }
  return "unknown";
}

std::string_view name_of(driver_kind driver) noexcept {
  switch (driver) {
    case driver_kind::unknown:
      return "unknown";
    case driver_kind::uring:
      return "uring";
    case driver_kind::epoll:
      return "epoll";
  }
  return "unknown";
}

}  // namespace shoal::shm
