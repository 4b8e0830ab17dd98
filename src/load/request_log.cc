#include "load/request_log.h"

#include <array>
#include <cstdio>

namespace shoal::load {
namespace {

constexpr std::array words{"answered", "refused", "failed", "timed_out", "ended"};
static_assert(words.size() == static_cast<std::size_t>(fate::ended) + 1);

}  // namespace

std::string log_line(const log_entry& of, const std::vector<request_kind>& kinds) {
  using seconds = std::chrono::duration<double>;
  using milliseconds = std::chrono::duration<double, std::milli>;
  char figures[96];
  std::snprintf(figures, sizeof figures, "\t%.6f\t%.6f\t%s\t%u\n",
                seconds(of.due.time_since_epoch()).count(), milliseconds(of.ended - of.due).count(),
                words[static_cast<std::size_t>(of.what)], unsigned{of.port});
  return (of.what == fate::ended ? "-" : kinds[of.kind].name) + figures;
}

}  // namespace shoal::load
