#include "base/repeated_lines.h"

#include <algorithm>
#include <utility>

namespace shoal {
namespace {

constexpr std::size_t longest_kind = 512;

std::string show_time(nanoseconds time) {
  using namespace std::chrono;
  if (time < seconds(1)) return std::to_string(duration_cast<milliseconds>(time).count()) + " ms";
  return std::to_string(duration_cast<seconds>(time).count()) + " s";
}

}  // namespace

bool repeated_lines::admit(log_level level, std::string_view line, std::string_view kind,
                           monotonic_time now) {
  kind = kind.substr(0, longest_kind);
  // Whose window is over without a line too many.
  std::erase_if(seen_,
                [&](const kind_seen& k) { return k.held == 0 && now - k.since >= limits_.window; });
  if (auto* const known = find(level, kind)) {
    if (known->written < limits_.written) return ++known->written > 0;
    known->last = line;
    ++known->held;
    return false;
  }
  if (seen_.size() == limits_.kinds) {
    const auto oldest =
        std::find_if(seen_.begin(), seen_.end(), [](const kind_seen& k) { return k.held == 0; });
    if (oldest == seen_.end()) return true;
    seen_.erase(oldest);
  }
  seen_.push_back({level, std::string(kind), now, 1, 0, {}});
  return true;
}

std::vector<repeated_line> repeated_lines::take_due(monotonic_time now) {
  std::vector<repeated_line> out;
  forget(now - limits_.window, now, out);
  return out;
}

std::vector<repeated_line> repeated_lines::take_all(monotonic_time now) {
  std::vector<repeated_line> out;
  forget(now, now, out);
  return out;
}

monotonic_time repeated_lines::due() const noexcept {
  for (const auto& each : seen_) {
    if (each.held > 0) return each.since + limits_.window;
  }
  return never;
}

repeated_lines::kind_seen* repeated_lines::find(log_level level, std::string_view kind) noexcept {
  const auto found = std::find_if(seen_.begin(), seen_.end(), [&](const kind_seen& k) {
    return k.level == level && k.kind == kind;
  });
  return found == seen_.end() ? nullptr : &*found;
}

void repeated_lines::forget(monotonic_time begun_by, monotonic_time now,
                            std::vector<repeated_line>& out) {
  for (auto& each : seen_) {
    if (each.held == 0 || each.since > begun_by) continue;
    out.push_back({each.level, std::move(each.last), each.held, now - each.since});
  }
  std::erase_if(seen_, [&](const kind_seen& k) { return k.since <= begun_by; });
}

std::string show(const repeated_line& one) {
  return one.last + " (repeated " + std::to_string(one.times) +
         (one.times == 1 ? " time" : " times") + " in " + show_time(one.within) + ")";
}

}  // namespace shoal
