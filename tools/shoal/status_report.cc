#include "status_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace shoal::tool {
namespace {

using row = std::array<std::string, 14>;

const row heading = {"node",   "worker",    "pid",         "tid",       "cpu",
                     "driver", "state",     "connections", "in flight", "requests",
                     "turn",   "heartbeat", "uptime",      "restarts"};

constexpr std::array<bool, 14> left_aligned = {false, false, false, false, false, true, true};

/// A server's name may hold anything, a terminal's escape sequences too.
std::string printable(std::string_view text) {
  std::string safe(text);
  std::replace_if(
      safe.begin(), safe.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return safe;
}

std::string state_of(const worker_report& w) {
  std::string state(w.stuck() ? "stuck " + format_duration(w.slot.turn_age)
                              : std::string(shm::name_of(w.slot.state)));
  return w.slot.suspect ? state + " (damaged)" : state;
}

row row_of(const worker_report& w) {
  const shm::slot_view& s = w.slot;
  return {std::to_string(s.node),
          std::to_string(w.worker),
          std::to_string(s.pid),
          std::to_string(s.thread_id),
          s.cpu == shm::not_pinned ? "any" : std::to_string(s.cpu),
          std::string(shm::name_of(s.driver)),
          state_of(w),
          std::to_string(s.connections_open),
          std::to_string(s.requests_in_flight),
          std::to_string(s.requests_total),
          s.turn_age.count() == 0 ? "-" : format_duration(s.turn_age),
          format_duration(s.heartbeat_age),
          format_duration(s.uptime),
          std::to_string(s.restarts)};
}

void append_cell(std::string& line, const std::string& text, std::size_t width, bool left) {
  const std::string padding(width - text.size(), ' ');
  line += left ? text + padding : padding + text;
  line += "  ";
}

std::string align(const std::vector<row>& rows) {
  std::array<std::size_t, heading.size()> widths{};
  for (const row& r : rows) {
    for (std::size_t i = 0; i < r.size(); ++i) widths[i] = std::max(widths[i], r[i].size());
  }
  std::string text;
  for (const row& r : rows) {
    for (std::size_t i = 0; i < r.size(); ++i) append_cell(text, r[i], widths[i], left_aligned[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
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
         std::to_string(s.workers.size()) + " workers ready\n";
}

}  // namespace

bool server_report::has_process(std::uint64_t pid) const noexcept {
  return pid == supervisor_pid ||
         std::find(processes.begin(), processes.end(), pid) != processes.end() ||
         std::any_of(workers.begin(), workers.end(),
                     [&](const worker_report& w) { return w.slot.pid == pid; });
}

server_report describe(const shm::found_segment& segment, monotonic_time now) {
  const shm::load_header_view& header = segment.view.header();
  server_report server{.name = header.name,
                       .supervisor_pid = header.supervisor_pid,
                       .supervisor_alive = segment.supervisor != 0,
                       .processes = segment.holders};
  // To whom the supervisor's own number means something only inside its container, show ours.
  if (segment.supervisor != 0) server.supervisor_pid = segment.supervisor;
  server.uptime = nanoseconds(to_ns(now) - std::min(header.started_ns, to_ns(now)));
  for (unsigned i = 0; i < segment.view.slot_count(); ++i) {
    const shm::slot_view slot = shm::read_slot(segment.view.slot(i), now);
    if (slot.state != shm::worker_state::empty || slot.suspect) server.workers.push_back({i, slot});
  }
  return server;
}

std::string to_table(const std::vector<server_report>& servers) {
  std::string text;
  for (const server_report& server : servers) {
    if (!text.empty()) text += '\n';
    text += title(server);
    std::vector<row> rows = {heading};
    for (const worker_report& w : server.workers) rows.push_back(row_of(w));
    text += align(rows);
  }
  return text;
}

std::string format_duration(nanoseconds duration) {
  const auto ns = static_cast<double>(duration.count());
  const auto seconds = duration.count() / 1'000'000'000;
  char text[64];
  const auto fraction = [&](double value, const char* unit) {
    std::snprintf(text, sizeof text, value < 9.95 ? "%.1f %s" : "%.0f %s", value, unit);
  };
  const auto pair = [&](long long large, const char* unit, long long small, const char* part) {
    std::snprintf(text, sizeof text, "%lld %s %lld %s", large, unit, small, part);
  };
  if (ns < 1e6) {
    std::snprintf(text, sizeof text, "%.0f us", ns / 1e3);
  } else if (ns < 1e9) {
    fraction(ns / 1e6, "ms");
  } else if (seconds < 60) {
    fraction(ns / 1e9, "s");
  } else if (seconds < 3600) {
    pair(seconds / 60, "min", seconds % 60, "s");
  } else if (seconds < 86400) {
    pair(seconds / 3600, "h", seconds / 60 % 60, "min");
  } else {
    pair(seconds / 86400, "d", seconds / 3600 % 24, "h");
  }
  return text;
}

}  // namespace shoal::tool
