// What stands behind a control desk in tests, instead of a supervisor.
#pragma once

#include <string>
#include <utility>

#include "cluster/control/control_target.h"

namespace shoal::cluster {

/// Two nodes. What has to be waited for is kept until the test says how it ends.
class control_stand_in final : public control_target {
 public:
  [[nodiscard]] control_status status() const override {
    return {.pid = 10,
            .state = "serving",
            .uptime = std::chrono::milliseconds(2500),
            .reloads = 1,
            .reload_failure = "no database",
            .processes = {{.node = 0, .pid = 11, .generation = 2, .state = "ready", .restarts = 1},
                          {.node = 1,
                           .state = "waiting",
                           .last_failure = "no room",
                           .drained = true,
                           .resting = 2},
                          {.node = 1, .role = process_role::leaves, .pid = 9}}};
  }
  [[nodiscard]] numa_status numa() const override {
    return {.plan = "2 workers: one for each of 2 cores",
            .nodes = {0, 2},
            .balancing = true,
            .processes = {{.node = 0,
                           .pid = 11,
                           .memory = "bind to NUMA node 0",
                           .looked = std::chrono::milliseconds(3500),
                           .remote_share = 0.25,
                           .pages = {{"heap", {3, 1}}, {"rings", {0, 0}}},
                           .workers = {{.worker = 0,
                                        .planned = 4,
                                        .core = 5,
                                        .migrations = 7,
                                        .packets_near = 3,
                                        .packets_far = 1}}},
                          {.node = 1, .pid = 12, .memory = "default"}}};
  }
  [[nodiscard]] std::vector<listener_status> listeners() const override {
    return {{.address = "127.0.0.1:80", .sockets = 2, .waiting = 3, .backlog = 512},
            {.address = "unix:/a", .sockets = 1}};
  }
  [[nodiscard]] const event_ring& events() const override { return ring; }
  [[nodiscard]] unsigned nodes() const override { return 2; }
  void upgrade_to(const std::string& binary, control_then then) override {
    keep("upgrade " + binary, std::move(then));
  }
  void roll_back(control_then then) override { keep("rollback", std::move(then)); }
  void reload_all(control_then then) override { keep("reload", std::move(then)); }
  void restart(unsigned node, control_then then) override {
    keep("restart " + std::to_string(node), std::move(then));
  }
  void kill(unsigned node, control_then then) override {
    keep("kill " + std::to_string(node), std::move(then));
  }
  void scale(unsigned workers, control_then then) override {
    keep("scale " + std::to_string(workers), std::move(then));
  }
  void drain(unsigned node, control_then then) override {
    keep("drain " + std::to_string(node), std::move(then));
  }
  void undrain(unsigned node, control_then then) override {
    keep("undrain " + std::to_string(node), std::move(then));
  }
  control_outcome stop(bool now) override {
    asked = now ? "stop now" : "stop";
    return {control_outcome::kind::done, "draining"};
  }
  control_outcome reopen_log() override {
    asked = "reopen";
    return {control_outcome::kind::refused, "there is no access log"};
  }

  void keep(std::string what, control_then then) {
    asked = std::move(what);
    waits = std::move(then);
  }

  event_ring ring;
  std::string asked;
  control_then waits;
};

}  // namespace shoal::cluster
