#include <algorithm>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/ratio.h"
#include "bench/report_parts.h"
#include "numa/report_sections.h"
#include "numa/tables.h"
#include "topology/cpu_list.h"

namespace shoal::numa {
namespace {

std::vector<const bench::point*> points_for(const server_findings& found, bool open) {
  std::vector<const bench::point*> all;
  for (const bench::point& p : found.measured.points) {
    if (!p.pairs.empty() && bench::open_loop(p.load) == open) all.push_back(&p);
  }
  return all;
}

std::string name_of(const bench::point& p) {
  const bool large = p.load.body_bytes != bench::load_shape{}.body_bytes;
  return p.a + " : " + p.b + (large ? ", bodies of 16 KiB" : "");
}

std::string ratios_figure(const server_findings& found, bool open, bench::metric by) {
  const auto rows = bench::ratio_rows(points_for(found, open), by, name_of);
  if (rows.empty()) return "";
  const std::string title(bench::facts_of(by).title);
  return bench::figure(bench::ratio_chart(title, "ratio", rows), arrangement_table(found));
}

std::string arrangements_list(const server_findings& found) {
  bench::table t{"", {"arrangement", "what it is"}, {}};
  for (const arrangement& each : found.arrangements) t.rows.push_back({each.name, each.says});
  return bench::to_html(t);
}

}  // namespace

std::string server_section(const study& all) {
  if (!all.server || all.server->measured.points.empty()) return "";
  const server_findings& found = *all.server;
  const std::string where = "The server has core " + topology::format_cpu_list(found.cores) +
                            ", the generator core " + std::to_string(found.generator) + ".";
  return bench::section("server", "One server, placed one way and another",
                        bench::element("p", where) + "\n" + arrangements_list(found) +
                            ratios_figure(found, false, bench::metric::requests_a_cpu_second) +
                            ratios_figure(found, true, bench::metric::p99) +
                            ratios_figure(found, true, bench::metric::p50));
}

}  // namespace shoal::numa
