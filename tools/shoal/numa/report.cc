#include "numa/report.h"

#include <string_view>

#include "bench/file_text.h"
#include "bench/html.h"
#include "bench/number_text.h"
#include "bench/report_parts.h"
#include "bench/report_style.h"
#include "numa/answer.h"
#include "numa/core_places.h"
#include "numa/report_sections.h"
#include "numa/words.h"

namespace shoal::numa {
namespace {

using bench::element;
using bench::escape;

constexpr double much_by_others = 0.05;  // of the machine's time

std::string head() {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n" +
         element("title", "Memory and placement, shoal numa") + "\n<style>" +
         std::string(bench::report_style) + "</style>\n</head>\n";
}

std::string banner(const std::string& text) {
  return text.empty() ? "" : "<p class=\"banner\" role=\"note\">" + escape(text) + "</p>\n";
}

std::string warnings(const study& all) {
  std::string html;
  if (!all.complete) html += banner("Not complete: " + all.ended_by + ".");
  if (all.others > much_by_others) {
    html += banner("Other programs used " + bench::percent_text(all.others) +
                   " of this machine meanwhile: repeat it when it is calm.");
  }
  return html;
}

std::string answer_section(const study& all) {
  std::string html;
  for (const auto& sentence : answer(all)) {
    const std::string name = html.empty() ? "<p class=\"answer\">" : "<p>";
    html += name + escape(bench::unbroken(sentence)) + "</p>\n";
  }
  return html;
}

std::string caches_text(const core_place& core) {
  std::vector<std::string> each;
  for (const cache_level& cache : core.caches) {
    each.push_back("L" + std::to_string(cache.level) + " " + size_text(cache.bytes));
  }
  return bench::list_text(each);
}

/// A picture with a style of its own, which shall not be the page's: so it is an image.
std::string drawing_of(const study& all) {
  if (all.drawing.empty()) return "";
  std::string address = "data:image/svg+xml,";
  for (const char c : all.drawing) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) {
      address += c;
      continue;
    }
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    address.append({'%', digits[byte / 16], digits[byte % 16]});
  }
  return "<div class=\"table\"><img style=\"max-width:100%;min-width:24rem\" alt=\"nodes, caches "
         "and cores, as shoal topo draws them\" src=\"" +
         address + "\"></div>\n";
}

std::string cores_section(const study& all) {
  bench::table t{"cores that were used",
                 {"core", "physical core", "last-level cache", "node", "socket", "caches"},
                 {}};
  for (const core_place& core : all.cores) {
    t.rows.push_back({std::to_string(core.id), std::to_string(core.physical),
                      "of core " + std::to_string(core.llc), std::to_string(core.node),
                      std::to_string(core.package), caches_text(core)});
  }
  return bench::section("cores", "The machine", drawing_of(all) + bench::to_html(t));
}

std::string unseen_section(const study& all) {
  std::string html;
  for (const auto& each : all.unseen) html += element("li", each) + "\n";
  if (html.empty()) return "";
  return bench::section("unseen", "What was not seen", "<ul>\n" + html + "</ul>\n");
}

std::string machine_section(const study& all) {
  bench::table t{"", {"what", "value"}, {}};
  for (const auto& [name, value] : all.machine) t.rows.push_back({name, value});
  return t.rows.empty() ? "" : bench::section("machine", "Environment", bench::to_html(t));
}

std::string method_section(const study& all) {
  const std::string plan = "Plan " + all.plan + ", begun " + all.began + ", " +
                           bench::value_text(all.seconds, bench::unit::seconds) + ". ";
  return bench::section(
      "method", "How it was measured",
      element("p", plan +
                       "Latency is that of loads that wait for each other, along one random cycle "
                       "through all lines of the working set. Bandwidth is of loops that read, "
                       "fill (memset) and copy (memcpy); a copy counts its bytes once. A hand-off "
                       "of a cache line is half of a round trip between two threads that spin, a "
                       "wake half of one between two threads that sleep in eventfd. Brackets are "
                       "the bounds between which the median lies 19 times in 20.") +
          "\n" +
          element("p",
                  "Servers are compared in pairs that follow each other, a fresh cluster for each "
                  "measurement, the order changing from pair to pair (A B, B A, ...). Only ratios "
                  "within a pair are evidence, and what equals differ by on this machine is no "
                  "difference.") +
          "\n");
}

}  // namespace

std::string map_figure(const heat_map& map, const std::string& below) {
  constexpr unsigned wide = 720;
  constexpr unsigned narrow = 340;
  return "<figure>\n" + element("figcaption", map.title) + "\n<div class=\"wide\">" +
         to_svg(map, wide) + "</div>\n<div class=\"narrow\">" + to_svg(map, narrow) + "</div>\n" +
         below + "</figure>\n";
}

std::string to_html(const study& all) {
  return head() + "<body>\n<main>\n" + element("h1", "Memory and placement on this machine") +
         "\n" + warnings(all) + answer_section(all) + cores_section(all) + server_section(all) +
         memory_section(all) + handoff_section(all) + unseen_section(all) + machine_section(all) +
         method_section(all) +
         "<footer><p>All that was measured, raw: <a href=\"results.json\">results.json</a>."
         "</p></footer>\n</main>\n</body>\n</html>\n";
}

result<void> write_report(const study& all, const std::string& path) {
  return bench::write_file(path, to_html(all));
}

}  // namespace shoal::numa
