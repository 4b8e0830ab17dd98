#include "status_report.h"

#include <algorithm>

#include "status_text.h"

namespace shoal::tool {
namespace {

// Older samples say nothing about now: a worker that turns writes one each second.
constexpr nanoseconds fresh = std::chrono::seconds(2);

const std::vector<column> columns = {
    {"worker"},   {"node"},         {"cpu"},         {"pid"},
    {"tid"},      {"driver", true}, {"state", true}, {"new connections", true},
    {"open"},     {"unserved"},     {"in flight"},   {"jobs"},
    {"requests"}, {"requests/s"},   {"work"},        {"busy"},
    {"lag"},      {"lag max"},      {"run delay"},   {"memory"},
    {"turn"},     {"stalls"},       {"rehomed"},     {"uptime"},
    {"restarts"}};

std::string state_of(const worker_report& w) {
  const std::string state(shm::name_of(w.slot.state));
  return w.slot.suspect ? state + " (damaged)" : state;
}

cells row_of(const worker_report& w) {
  const shm::slot_view& s = w.slot;
  const std::string obstacle = w.obstacle();
  return {std::to_string(w.worker),
          std::to_string(s.node),
          s.cpu == shm::not_pinned ? "any" : std::to_string(s.cpu),
          std::to_string(s.pid),
          std::to_string(s.thread_id),
          std::string(shm::name_of(s.driver)),
          state_of(w),
          obstacle.empty() ? "yes" : "no: " + obstacle,
          std::to_string(s.connections_open),
          std::to_string(s.unserved),
          std::to_string(s.requests_in_flight),
          std::to_string(s.jobs_queued),
          std::to_string(s.requests_total),
          std::to_string(static_cast<std::uint64_t>(w.requests_per_second)),
          format_duration(std::chrono::microseconds(s.predicted_work_us)),
          format_share(s.busy_share),
          format_duration(s.lag_mean),
          format_duration(s.lag_max),
          format_duration(s.run_delay),
          format_bytes(s.resident_bytes),
          s.turn_age.count() == 0 ? "-" : format_duration(s.turn_age),
          std::to_string(s.stalls),
          std::to_string(s.rehomed),
          format_duration(s.uptime),
          std::to_string(s.restarts)};
}

/// Requests in the window that the newest sample closes; 0 if that is old, or a lie.
double recent_rate(const shm::load_ring& ring, std::uint64_t generation, monotonic_time now) {
  const auto last = shm::read_last(ring, 2);
  if (last.size() < 2) return 0;
  const auto& from = last[0];
  const auto& to = last[1];
  if (from.generation != generation || to.generation != generation) return 0;
  if (to.at_ns <= from.at_ns || to.requests_total < from.requests_total) return 0;
  if (to_ns(now) - std::min(to.at_ns, to_ns(now)) > static_cast<std::uint64_t>(fresh.count()))
    return 0;
  const double rate = static_cast<double>(to.requests_total - from.requests_total) * 1e9 /
                      static_cast<double>(to.at_ns - from.at_ns);
  return std::min(rate, 1e9);
}

template <typename Look>
server_report describe(const shm::found_segment& segment, monotonic_time now, Look look) {
  const shm::load_header_view& header = segment.view.header();
  server_report server{.name = header.name,
                       .dispatch = segment.view.dispatch(),
                       .supervisor_pid = header.supervisor_pid,
                       .supervisor_alive = segment.supervisor != 0,
                       .processes = segment.holders};
  // To whom the supervisor's own number means something only inside its container, show ours.
  if (segment.supervisor != 0) server.supervisor_pid = segment.supervisor;
  server.uptime = nanoseconds(to_ns(now) - std::min(header.started_ns, to_ns(now)));
  const nanoseconds stall = header.stall_warn.count() > 0 ? header.stall_warn : usual_stall;
  for (unsigned i = 0; i < segment.view.slot_count(); ++i) {
    const shm::slot_view slot = look(segment.view.slot(i));
    if (slot.state == shm::worker_state::empty && !slot.suspect) continue;
    server.workers.push_back(
        {i, slot, recent_rate(segment.view.ring(i), slot.generation, now), stall});
  }
  return server;
}

}  // namespace

std::string worker_report::obstacle() const {
  if (slot.suspect) return "damaged slot";
  if (slot.state != shm::worker_state::ready) return std::string(shm::name_of(slot.state));
  return stuck() ? "in a turn for " + format_duration(slot.turn_age) : "";
}

bool server_report::has_process(std::uint64_t pid) const noexcept {
  return pid == supervisor_pid ||
         std::find(processes.begin(), processes.end(), pid) != processes.end() ||
         std::any_of(workers.begin(), workers.end(),
                     [&](const worker_report& w) { return w.slot.pid == pid; });
}

server_report describe(const shm::found_segment& segment) {
  return describe(segment, read_clock(), [](const auto& slot) { return shm::read_slot(slot); });
}

server_report describe(const shm::found_segment& segment, monotonic_time now) {
  return describe(segment, now, [now](const auto& slot) { return shm::read_slot(slot, now); });
}

std::vector<server_report> describe(const shm::found_segments& found,
                                    std::optional<std::uint64_t> pid) {
  std::vector<server_report> servers;
  for (const shm::found_segment& segment : found.segments) {
    server_report server = describe(segment);
    if (!pid || server.has_process(*pid)) servers.push_back(std::move(server));
  }
  return servers;
}

std::string title(const server_report& s) {
  const auto ready = std::count_if(s.workers.begin(), s.workers.end(), [](const worker_report& w) {
    return w.slot.state == shm::worker_state::ready;
  });
  std::string text = printable(s.name) + ": supervisor " + std::to_string(s.supervisor_pid);
  if (!s.supervisor_alive) {
    text += " is dead; its segment is held by";
    for (const std::uint64_t pid : s.processes) text += " " + std::to_string(pid);
  }
  return text + ", up " + format_duration(s.uptime) + ", " + std::to_string(ready) + " of " +
         std::to_string(s.workers.size()) + " workers ready";
}

std::string to_table(const std::vector<server_report>& servers) {
  std::string text;
  for (const server_report& server : servers) {
    if (!text.empty()) text += '\n';
    text += title(server) + '\n';
    if (!server.dispatch.empty()) text += "dispatch: " + printable(server.dispatch) + '\n';
    std::vector<cells> rows;
    for (const worker_report& w : server.workers) rows.push_back(row_of(w));
    for (const std::string& line : align(columns, rows)) text += line + '\n';
  }
  return text;
}

}  // namespace shoal::tool
