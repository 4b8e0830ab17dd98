#include "bench/serve_cluster.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "bench/forget_settings.h"
#include "bench/free_port.h"
#include "bench/measured_routes.h"
#include "bench/spin.h"
#include "shoal/cluster/app.h"
#include "topology/pin.h"

namespace shoal::bench {
namespace {

/// One process on all cores that it may use: where each node has its own they would be another
/// thing that differs.
std::vector<std::string> flags_of(const serve_options& asked, std::uint16_t port) {
  return {"shoal bench serve",
          "--listen",
          asked.address + ":" + std::to_string(port),
          "--unit",
          "none",
          "--workers",
          std::to_string(asked.workers),
          "--dispatch",
          asked.dispatch,
          "--driver",
          asked.driver.empty() ? "auto" : asked.driver,
          "--control",
          "none",
          "--log-level",
          "warning"};
}

}  // namespace

int serve_cluster(const serve_options& asked) {
  if (!asked.cpus.empty()) {
    if (const auto kept = topology::confine_this_thread(asked.cpus); !kept) {
      std::fprintf(stderr, "shoal: %s\n", kept.error().message.c_str());
      return 1;
    }
  }
  const measured_routes answers(asked.steps_in_a_microsecond > 0 ? asked.steps_in_a_microsecond
                                                                 : steps_in_a_microsecond());
  const std::uint16_t port = asked.port != 0 ? asked.port : free_port(asked.address);
  forget_settings();
  shoal::app app;
  answers.add_to(app);
  app.on_event([&](const lifecycle_event& e) {
    if (e.kind != event_kind::listening) return;
    std::printf("{\"port\":%u,\"pid\":%d,\"dispatch\":\"%s\"}\n", port, ::getpid(),
                asked.dispatch.c_str());
    std::fflush(stdout);
  });
  const auto flags = flags_of(asked, port);
  std::vector<const char*> words;
  for (const auto& flag : flags) words.push_back(flag.c_str());
  return app.run(static_cast<int>(words.size()), words.data());
}

}  // namespace shoal::bench
