#include "cluster/supervisor/recycler.h"

#include "base/random.h"

namespace shoal::cluster {
namespace {

/// In thousandths, 900 .. 1100: the same at each look.
std::uint64_t share_of(pid_t pid) noexcept {
  return 900 + random_source(static_cast<std::uint64_t>(pid)).below(201);
}

}  // namespace

std::string why_recycled(const recycling_limits& limits, const process_wear& wear) {
  const auto share = share_of(wear.pid);
  const auto reached = [share](std::uint64_t limit, std::uint64_t value) {
    if (limit == 0) return false;
    const auto due = static_cast<unsigned __int128>(limit) * share;
    return static_cast<unsigned __int128>(value) * 1000 >= due;
  };
  if (reached(limits.requests, wear.requests)) {
    return "it has served " + std::to_string(wear.requests) + " requests";
  }
  using std::chrono::duration_cast, std::chrono::milliseconds;
  const auto age = duration_cast<milliseconds>(wear.age);
  if (reached(static_cast<std::uint64_t>(duration_cast<milliseconds>(limits.age).count()),
              static_cast<std::uint64_t>(age.count()))) {
    return "it has lived for " + std::to_string(age.count() / 1000) + " s";
  }
  if (limits.resident_bytes != 0 && wear.resident_bytes >= limits.resident_bytes &&
      wear.age >= recycled_for_memory_after) {
    return "it holds " + std::to_string(wear.resident_bytes >> 20) + " MiB of memory";
  }
  return {};
}

}  // namespace shoal::cluster
