#include "cluster/node/way_out.h"

#include <algorithm>

#include "cluster/moved_note.h"

namespace shoal::cluster {

bool way_out::send(const http::moved_connection& one) noexcept {
  if (!open_.load(std::memory_order_relaxed)) return false;
  workers_.hold();
  if (on_way_.fetch_add(1, std::memory_order_relaxed) < most_on_way && send_moved(channel_, one)) {
    return true;
  }
  let_go_of_one();
  return false;
}

unsigned way_out::room() const noexcept {
  if (!open_.load(std::memory_order_relaxed)) return 0;
  return most_on_way - std::min(on_way_.load(std::memory_order_relaxed), most_on_way);
}

unsigned way_out::room_for_help(monotonic_time now) const noexcept {
  if (now - heard_ < trusted) return room();
  return on_way_.load(std::memory_order_relaxed) == 0 ? std::min(room(), 1U) : 0;
}

void way_out::passed(unsigned count, monotonic_time now) noexcept {
  heard_ = now;
  for (; count > 0; --count) let_go_of_one();
}

void way_out::let_go_of_one() noexcept {
  on_way_.fetch_sub(1, std::memory_order_relaxed);
  workers_.let_go();
}

}  // namespace shoal::cluster
