#include "numa/words.h"

#include <cmath>

#include "bench/number_text.h"
#include "status_text.h"

namespace shoal::numa {
namespace {

using bench::unit;

constexpr double gibibyte = 1024.0 * 1024 * 1024;

/// Both bounds in the unit of the middle.
std::string with_bounds(const estimate& e, const std::string& middle, double one) {
  if (!e.enough()) return middle;
  return middle + " [" + bench::value_text(e.low / one, unit::count) + ", " +
         bench::value_text(e.high / one, unit::count) + "]";
}

/// What one of the unit is, in which so many nanoseconds are written.
double unit_of(double ns) noexcept {
  if (ns >= 999'500) return 1e6;
  return ns >= 999.5 ? 1e3 : 1;
}

}  // namespace

std::string short_time(const estimate& ns) {
  return ns.count == 0 ? "" : bench::value_text(ns.middle / 1e9, unit::seconds);
}

std::string short_rate(const estimate& rate) {
  return rate.count == 0 ? "" : bench::value_text(rate.middle / gibibyte, unit::count) + " GiB/s";
}

std::string time_text(const estimate& ns) {
  return ns.count == 0 ? "" : with_bounds(ns, short_time(ns), unit_of(ns.middle));
}

std::string rate_text(const estimate& rate) {
  return rate.count == 0 ? "" : with_bounds(rate, short_rate(rate), gibibyte);
}

std::string size_text(std::uint64_t bytes) { return tool::format_bytes(bytes); }

const char* name_of(page_kind pages) noexcept {
  return pages == page_kind::huge ? "huge pages" : "small pages";
}

}  // namespace shoal::numa
