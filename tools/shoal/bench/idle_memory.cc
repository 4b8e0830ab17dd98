#include "bench/idle_memory.h"

#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "bench/http_ask.h"
#include "bench/peers.h"
#include "bench/plan.h"

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds patience{10};  // with each answer

/// Adds a connection that has had an answer.
result<void> add_one(const std::string& authority, std::vector<http_asker>& all) {
  auto one = http_asker::connect(authority, patience);
  if (!one) return one.error();
  const auto answered = one.value().get(target_of(plaintext_bytes, 0));
  if (!answered) return answered.error();
  all.push_back(std::move(one).value());
  return {};
}

}  // namespace

result<measurement> measure_idle(const std::string& contender, unsigned connections,
                                 server_host& host, const interruption& stop) {
  auto started = host.start(contender, plaintext_bytes, stop);
  if (!started) return started.error();
  auto& server = *started.value();
  const auto began = read_clock();
  const auto before = server.look_at();
  if (!before) return before.error();
  std::vector<http_asker> all;
  while (all.size() < connections) {
    if (stop()) return error{EINTR, "interrupted"};
    const auto added = add_one(server.authority(), all);
    if (added) continue;
    return error{added.error().code, contender + ": connection " + std::to_string(all.size() + 1) +
                                         ": " + added.error().message};
  }
  const auto after = server.look_at();
  if (!after) return after.error();
  measurement m;
  m.seconds = std::chrono::duration<double>(read_clock() - began).count();
  m.answers = all.size();
  m.resident_bytes = static_cast<double>(after.value().use.resident_bytes) -
                     static_cast<double>(before.value().use.resident_bytes);
  if (const auto stopped = server.stop(); !stopped) return stopped.error();
  return m;
}

}  // namespace shoal::bench
