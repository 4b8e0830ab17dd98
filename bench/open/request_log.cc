#include "open/request_log.h"

#include <array>
#include <chrono>
#include <fstream>
#include <iomanip>

namespace shoal::open {
namespace {

constexpr std::array words{"answered", "refused", "failed", "timed_out"};

}  // namespace

void request_log::note(const request& about, fate what, monotonic_time when, std::uint16_t port) {
  if (kept_) lines_.push_back({about, when, what, port});
}

void request_log::note_end(std::uint16_t port, monotonic_time when) {
  if (kept_) ends_.push_back({when, port});
}

bool request_log::write(const options& asked) const {
  using seconds = std::chrono::duration<double>;
  using milliseconds = std::chrono::duration<double, std::milli>;
  std::ofstream to(asked.log);
  to << std::fixed << std::setprecision(6);
  for (const line& each : lines_) {
    to << asked.classes[each.about.of_class].name << ' '
       << seconds(each.about.due.time_since_epoch()).count() << ' '
       << milliseconds(each.ended - each.about.due).count() << ' '
       << words[static_cast<std::size_t>(each.what)] << ' ' << each.port << '\n';
  }
  for (const end& each : ends_) {
    to << "- " << seconds(each.when.time_since_epoch()).count() << " 0 ended " << each.port << '\n';
  }
  return static_cast<bool>(to.flush());
}

}  // namespace shoal::open
