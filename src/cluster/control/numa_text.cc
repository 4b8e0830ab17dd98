// Where pages and workers are, as JSON or as lines for people.
#include <cstdio>
#include <numeric>
#include <string>

#include "base/json_writer.h"
#include "cluster/control/control_text.h"

namespace shoal::cluster {
namespace {

template <typename T>
void member_or_null(json_writer& json, std::string_view name, const std::optional<T>& value) {
  if (value) {
    json.member(name, *value);
  } else {
    json.member(name, nullptr);
  }
}

void write(json_writer& json, const worker_numa_status& w) {
  json.begin_object();
  json.member("worker", w.worker);
  json.member("numa_node", w.node);
  member_or_null(json, "planned_cpu", w.planned);
  member_or_null(json, "cpu", w.core);
  member_or_null(json, "migrations", w.migrations);
  json.member("packets_near", w.packets_near);
  json.member("packets_far", w.packets_far);
  json.end_object();
}

void write(json_writer& json, const process_numa_status& p, const std::vector<unsigned>& nodes) {
  json.begin_object();
  json.member("node", p.node);
  json.member("pid", p.pid);
  json.member("memory", p.memory);
  if (p.looked) {
    json.member("looked_seconds_ago", static_cast<double>(p.looked->count()) / 1e9);
    json.member("remote_share", p.remote_share);
  }
  json.key("pages");
  json.begin_object();
  for (const auto& [kind, pages] : p.pages) {
    json.key(kind);
    json.begin_object();
    for (std::size_t n = 0; n < pages.size(); ++n) json.member(std::to_string(nodes[n]), pages[n]);
    json.end_object();
  }
  json.end_object();
  json.key("workers");
  json.begin_array();
  for (const auto& w : p.workers) write(json, w);
  json.end_array();
  json.end_object();
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

/// "  heap: 1234 pages: 1230 on 0, 4 on 1"
std::string line(const pages_status& kind, const std::vector<unsigned>& nodes) {
  const auto all = std::accumulate(kind.pages.begin(), kind.pages.end(), std::uint64_t{0});
  std::string out = "  " + std::string(kind.kind) + ": " + std::to_string(all) + " pages";
  std::string where;
  for (std::size_t n = 0; n < kind.pages.size(); ++n) {
    if (kind.pages[n] == 0) continue;
    where += where.empty() ? ": " : ", ";
    where += std::to_string(kind.pages[n]) + " on " + std::to_string(nodes[n]);
  }
  return out + where + "\n";
}

std::string line(const worker_numa_status& w) {
  std::string out = "  worker " + std::to_string(w.worker) + ": ";
  out += w.core ? "core " + std::to_string(*w.core) : "core not known";
  out += w.planned ? ", planned " + std::to_string(*w.planned) : ", not pinned";
  out += " on NUMA node " + std::to_string(w.node);
  if (w.migrations) out += ", " + std::to_string(*w.migrations) + " migrations";
  const auto looks = w.packets_near + w.packets_far;
  if (looks != 0) {
    out += ", packets near " +
           percent(static_cast<double>(w.packets_near) / static_cast<double>(looks)) + " of " +
           std::to_string(looks) + " times";
  }
  return out + "\n";
}

std::string lines(const numa_status& s) {
  std::string out = s.plan + "\n";
  if (s.balancing) out += "kernel.numa_balancing is on\n";
  for (const auto& p : s.processes) {
    out += "node " + std::to_string(p.node) + ": pid " + std::to_string(p.pid) + ", memory " +
           p.memory;
    if (!p.looked) {
      out += ", nobody has looked yet\n";
      continue;
    }
    out += ", " + percent(p.remote_share) + " elsewhere than planned, " +
           std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*p.looked).count()) +
           " s ago\n";
    for (const auto& kind : p.pages) out += line(kind, s.nodes);
    for (const auto& w : p.workers) out += line(w);
  }
  return out;
}

}  // namespace

control_answer show(const numa_status& status, bool plain) {
  if (plain) return {.type = "text/plain", .body = lines(status)};
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("plan", status.plan);
  json.member("numa_balancing", status.balancing);
  json.key("processes");
  json.begin_array();
  for (const auto& p : status.processes) write(json, p, status.nodes);
  json.end_array();
  json.end_object();
  return {.body = out + "\n"};
}

}  // namespace shoal::cluster
