#include "cluster/control/control_text.h"

#include <string>

#include "base/json_writer.h"

namespace shoal::cluster {
namespace {

double seconds(nanoseconds time) { return static_cast<double>(time.count()) / 1e9; }

std::string_view name_of(process_role role) noexcept {
  switch (role) {
    case process_role::succeeds:
      return "succeeds";
    case process_role::canary:
      return "canary";
    case process_role::leaves:
      return "leaves";
    case process_role::serves:
      break;
  }
  return "serves";
}

void write(json_writer& json, const process_status& p) {
  json.begin_object();
  json.member("node", p.node);
  json.member("role", name_of(p.role));
  if (p.pid != 0) {
    json.member("pid", p.pid);
    json.member("generation", p.generation);
    json.member("uptime_seconds", seconds(p.uptime));
  }
  if (p.role == process_role::serves) {
    json.member("state", p.state);
    json.member("restarts", p.restarts);
    json.member("last_failure", p.last_failure);
    json.member("drained", p.drained);
    json.member("workers_resting", p.resting);
  }
  json.end_object();
}

void write(json_writer& json, const control_status& s) {
  json.begin_object();
  json.member("pid", s.pid);
  json.member("state", s.state);
  json.member("uptime_seconds", seconds(s.uptime));
  json.member("reloads", s.reloads);
  json.member("reload_failure", s.reload_failure);
  json.key("processes");
  json.begin_array();
  for (const auto& p : s.processes) write(json, p);
  json.end_array();
  json.end_object();
}

void write(json_writer& json, const listener_status& l) {
  json.begin_object();
  json.member("address", l.address);
  json.member("sockets", l.sockets);
  json.member("waiting", l.waiting);
  json.member("backlog", l.backlog);
  json.end_object();
}

std::string whole(nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(time).count()) + " s";
}

std::string line(const process_status& p) {
  std::string out = "node " + std::to_string(p.node) + ": ";
  out += p.role == process_role::serves ? p.state : name_of(p.role);
  if (p.pid != 0) {
    out += ", pid " + std::to_string(p.pid) + ", generation " + std::to_string(p.generation) +
           ", up " + whole(p.uptime);
  }
  if (p.role != process_role::serves) return out + "\n";
  out += ", " + std::to_string(p.restarts) + " restarts";
  if (p.drained) {
    out += ", drained";
  } else if (p.resting > 0) {
    out += ", " + std::to_string(p.resting) + (p.resting == 1 ? " worker rests" : " workers rest");
  }
  return out + (p.last_failure.empty() ? "" : ", last failure: " + p.last_failure) + "\n";
}

std::string lines(const control_status& s) {
  std::string out = "supervisor " + std::to_string(s.pid) + ": ";
  out.append(s.state).append(", up ").append(whole(s.uptime));
  out += ", " + std::to_string(s.reloads) + " reloads";
  if (!s.reload_failure.empty()) out += ", the last one failed: " + s.reload_failure;
  out += '\n';
  for (const auto& p : s.processes) out += line(p);
  return out;
}

std::string line(const listener_status& l) {
  std::string out =
      l.address + ": " + std::to_string(l.sockets) + (l.sockets == 1 ? " socket" : " sockets");
  if (l.backlog == 0) return out + "\n";
  return out + ", " + std::to_string(l.waiting) + " waiting, backlog " + std::to_string(l.backlog) +
         "\n";
}

control_answer as_json(std::string body) { return {.body = std::move(body) + "\n"}; }
control_answer as_text(std::string body) { return {.type = "text/plain", .body = std::move(body)}; }

}  // namespace

control_answer show(const control_status& status, bool plain) {
  if (plain) return as_text(lines(status));
  std::string out;
  json_writer json(out);
  write(json, status);
  return as_json(std::move(out));
}

control_answer show(const std::vector<listener_status>& listeners, bool plain) {
  std::string out;
  if (plain) {
    for (const auto& l : listeners) out += line(l);
    return as_text(std::move(out));
  }
  json_writer json(out);
  json.begin_object();
  json.key("listeners");
  json.begin_array();
  for (const auto& l : listeners) write(json, l);
  json.end_array();
  json.end_object();
  return as_json(std::move(out));
}

control_answer show(const event_ring& events, bool plain) {
  control_answer out{.type = plain ? "text/plain" : "application/x-ndjson", .body = {}};
  for (const auto& event : events.all()) {
    out.body += plain ? to_text_line(event) : to_json_line(event);
  }
  return out;
}

control_answer show_done(std::string_view what, bool plain) {
  if (plain) return as_text(std::string(what) + "\n");
  std::string out;
  json_writer json(out);
  json.begin_object();
  json.member("done", what);
  json.end_object();
  return as_json(std::move(out));
}

}  // namespace shoal::cluster
