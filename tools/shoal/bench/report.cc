#include "bench/report.h"

#include "bench/answer.h"
#include "bench/file_text.h"
#include "bench/load_words.h"
#include "bench/report_sections.h"
#include "bench/report_style.h"

namespace shoal::bench {
namespace {

std::string title_of(const results& all) {
  const auto who = main_pair(all);
  if (!who) return "shoal bench";
  return contender_name(who->first) + " against " + contender_name(who->second);
}

std::string head(const std::string& title) {
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n" +
         element("title", title + ", shoal bench") + "\n<style>" + std::string(report_style) +
         "</style>\n</head>\n";
}

std::string foot() {
  return "<footer><p>All that was measured, raw: <a href=\"results.json\">results.json</a>. Two "
         "runs are compared by <code>shoal bench compare A.json B.json</code>.</p></footer>\n";
}

}  // namespace

std::string to_html(const results& all) {
  const std::string title = title_of(all);
  const palette colours(all);
  return head(title) + "<body>\n<main>\n" + element("h1", title) + "\n" + warnings(all) +
         answer_section(all) + why_section(all) + throughput_section(all, colours) +
         cpu_second_section(all, colours) + latency_section(all, colours) +
         cost_section(all, colours) + ablation_section(all) + dispatch_section(all) +
         memory_section(all, colours) + noise_section(all) + machine_section(all) +
         method_section(all) + foot() + "</main>\n</body>\n</html>\n";
}

result<void> write_report(const results& all, const std::string& path) {
  return write_file(path, to_html(all));
}

}  // namespace shoal::bench
