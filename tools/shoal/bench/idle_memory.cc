#include "bench/idle_memory.h"

#include <cerrno>
#include <chrono>
#include <utility>
#include <vector>

#include "bench/plan.h"
#include "bench/process_facts.h"

namespace shoal::bench {
namespace {

constexpr std::chrono::seconds patience{10};  // with each answer

/// Adds a connection that has had an answer.
result<void> add_one(std::uint16_t port, std::vector<http_asker>& all) {
  auto one = http_asker::connect(port, patience);
  if (!one) return one.error();
  const auto answered = one.value().get(target_of(plaintext_bytes, 0));
  if (!answered) return answered.error();
  all.push_back(std::move(one).value());
  return {};
}

}  // namespace

result<measurement> measure_idle(const std::string& contender, unsigned connections,
                                 const field_of_play& field, const interruption& stop) {
  auto started = measured_process::start(contender, field, plaintext_bytes, stop);
  if (!started) return started.error();
  const auto processes = started.value().processes();
  const auto began = read_clock();
  const auto before = use_of(processes);
  std::vector<http_asker> all;
  while (all.size() < connections) {
    if (stop()) return error{EINTR, "interrupted"};
    const auto added = add_one(started.value().port(), all);
    if (added) continue;
    return error{added.error().code, contender + ": connection " + std::to_string(all.size() + 1) +
                                         ": " + added.error().message};
  }
  const auto after = use_of(processes);
  if (!before || !after) return error{ESRCH, contender + ": it has ended"};
  measurement m;
  m.seconds = std::chrono::duration<double>(read_clock() - began).count();
  m.answers = all.size();
  m.resident_bytes =
      static_cast<double>(after->resident_bytes) - static_cast<double>(before->resident_bytes);
  return m;
}

}  // namespace shoal::bench
