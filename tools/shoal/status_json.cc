#include "base/json_writer.h"
#include "status_report.h"

namespace shoal::tool {
namespace {

double seconds(nanoseconds duration) { return static_cast<double>(duration.count()) / 1e9; }

void write_worker(json_writer& json, const worker_report& w) {
  const shm::slot_view& s = w.slot;
  json.begin_object();
  json.member("worker", w.worker);
  json.member("node", s.node);
  json.member("pid", s.pid);
  json.member("thread_id", s.thread_id);
  if (s.cpu == shm::not_pinned) {
    json.member("cpu", nullptr);
  } else {
    json.member("cpu", s.cpu);
  }
  json.member("driver", shm::name_of(s.driver));
  json.member("state", shm::name_of(s.state));
  json.member("stuck", w.stuck());
  const std::string obstacle = w.obstacle();
  json.member("eligible", obstacle.empty());
  if (obstacle.empty()) {
    json.member("not_eligible_because", nullptr);
  } else {
    json.member("not_eligible_because", obstacle);
  }
  json.member("damaged", s.suspect);
  json.member("generation", s.generation);
  json.member("restarts", s.restarts);
  json.member("connections_open", s.connections_open);
  json.member("connections_accepted", s.connections_accepted);
  json.member("unserved", s.unserved);
  json.member("requests_in_flight", s.requests_in_flight);
  json.member("requests_total", s.requests_total);
  json.member("requests_per_second", w.requests_per_second);
  json.member("jobs_queued", s.jobs_queued);
  json.member("predicted_work_seconds", static_cast<double>(s.predicted_work_us) / 1e6);
  json.member("turns", s.turns);
  json.member("stalls", s.stalls);
  json.member("connections_rehomed", s.rehomed);
  json.member("busy_share", s.busy_share);
  json.member("lag_mean_seconds", seconds(s.lag_mean));
  json.member("lag_max_seconds", seconds(s.lag_max));
  json.member("run_delay_seconds", seconds(s.run_delay));
  json.member("resident_bytes", s.resident_bytes);
  json.member("turn_age_seconds", seconds(s.turn_age));
  json.member("heartbeat_age_seconds", seconds(s.heartbeat_age));
  json.member("uptime_seconds", seconds(s.uptime));
  json.member("busy_seconds", seconds(s.busy));
  json.end_object();
}

void write_server(json_writer& json, const server_report& server) {
  json.begin_object();
  json.member("name", server.name);
  json.member("supervisor_pid", server.supervisor_pid);
  json.member("supervisor_alive", server.supervisor_alive);
  json.member("uptime_seconds", seconds(server.uptime));
  json.member("dispatch", server.dispatch);
  json.key("processes");
  json.begin_array();
  for (const std::uint64_t pid : server.processes) json.value(pid);
  json.end_array();
  json.key("workers");
  json.begin_array();
  for (const worker_report& w : server.workers) write_worker(json, w);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(const std::vector<server_report>& servers) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.key("servers");
  json.begin_array();
  for (const server_report& server : servers) write_server(json, server);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::tool
