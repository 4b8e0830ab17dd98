#include <algorithm>

#include "bench/number_text.h"
#include "bench/report_parts.h"
#include "numa/report_sections.h"
#include "numa/tables.h"

namespace shoal::numa {
namespace {

/// In cells that are one of so many nanoseconds.
heat_map map_of(const handoff_findings& found, const std::string& title,
                estimate handoff_pair::* of, double one) {
  heat_map map{.title = title,
               .says = "the same figures are in the table below",
               .rows_title = "core",
               .columns_title = "core"};
  for (const unsigned core : found.cores) map.rows.push_back(std::to_string(core));
  map.columns = map.rows;
  const std::size_t count = found.cores.size();
  map.values.resize(count, std::vector<std::optional<double>>(count));
  map.texts.resize(count, std::vector<std::string>(count));
  const auto place = [&](unsigned core) {
    return static_cast<std::size_t>(std::find(found.cores.begin(), found.cores.end(), core) -
                                    found.cores.begin());
  };
  for (const handoff_pair& pair : found.pairs) {
    if ((pair.*of).count == 0) continue;
    for (const auto& [i, j] :
         {std::pair(place(pair.a), place(pair.b)), std::pair(place(pair.b), place(pair.a))}) {
      map.values[i][j] = (pair.*of).middle;
      map.texts[i][j] = bench::value_text((pair.*of).middle / one, bench::unit::count);
    }
  }
  return map;
}

}  // namespace

std::string handoff_section(const study& all) {
  if (!all.handoff || all.handoff->pairs.empty()) return "";
  const auto& found = *all.handoff;
  const std::string html =
      map_figure(map_of(found, "A cache line, one way, in ns", &handoff_pair::line_ns, 1), "") +
      map_figure(map_of(found, "A wake, from write to run, in µs", &handoff_pair::wake_ns, 1000),
                 bench::folded("Figures", bench::to_html(pair_table(found))));
  return bench::section("handoff", "Hand-off between cores", html);
}

}  // namespace shoal::numa
