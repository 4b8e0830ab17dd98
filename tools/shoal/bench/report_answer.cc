#include <algorithm>
#include <set>

#include "bench/answer.h"
#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/report_sections.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

constexpr purpose shown[] = {purpose::throughput, purpose::latency,  purpose::cost,
                             purpose::ablation,   purpose::dispatch, purpose::memory,
                             purpose::noise};

std::vector<const measurement*> measurements_of(const results& all) {
  std::vector<const measurement*> each;
  for (const point& p : all.points) {
    for (const measured_pair& pair : p.pairs) each.insert(each.end(), {&pair.a, &pair.b});
  }
  return each;
}

/// All points of the plan are in the results, those of which nothing was measured without pairs.
bool planned_in_vain(const results& all, purpose why) {
  bool planned = false;
  for (const point& p : all.points) {
    if (p.why != why) continue;
    if (!p.pairs.empty()) return false;
    planned = true;
  }
  return planned;
}

/// What an interrupted plan has left out.
std::string missing(const results& all) {
  std::vector<std::string> kinds;
  for (const purpose why : shown) {
    if (planned_in_vain(all, why)) kinds.emplace_back(name_of(why));
  }
  const auto some = std::count_if(all.points.begin(), all.points.end(),
                                  [](const point& p) { return !p.pairs.empty(); });
  const auto few = std::count_if(all.points.begin(), all.points.end(), [](const point& p) {
    return !p.pairs.empty() && p.pairs.size() < values_min;
  });
  std::string text = "Not complete: " + (all.ended_by.empty() ? "it ended early" : all.ended_by) +
                     ". " + std::to_string(some) + " of " + counted(all.points.size(), "point") +
                     (some == 1 ? " has pairs" : " have pairs");
  if (few > 0) {
    text += ", " + std::to_string(few) + " of them fewer than bounds need (" +
            std::to_string(values_min) + ")";
  }
  if (!kinds.empty()) text += "; nothing was measured of " + list_text(kinds);
  return text + ".";
}

std::string wrong_answers(const results& all) {
  std::set<std::string> of;
  std::uint64_t errors = 0;
  for (const point& p : all.points) {
    for (const measured_pair& pair : p.pairs) {
      if (pair.a.errors > 0) of.insert(contender_name(p.a));
      if (pair.b.errors > 0) of.insert(contender_name(p.b));
      errors += pair.a.errors + pair.b.errors;
    }
  }
  if (errors == 0) return "";
  return counted(errors, "answer") + " of " + list_text({of.begin(), of.end()}) +
         " wrong or missing. What a server does not do costs it nothing: its figures are no "
         "evidence.";
}

std::string limited(const results& all) {
  const auto each = measurements_of(all);
  const auto how_many = std::count_if(each.begin(), each.end(),
                                      [](const measurement* m) { return m->generator_limited; });
  if (how_many == 0) return "";
  return "In " + std::to_string(how_many) + " of " + counted(each.size(), "measurement") +
         " the generator was itself the limit: there the faster of two may be faster "
         "than it seems.";
}

/// Who is behind has a queue that grows for as long as one looks: its latencies say how long that
/// was. A generator that is the limit brings that about as well, and is told of as that.
std::string behind(const results& all) {
  std::set<std::string> who;
  std::size_t how_many = 0;
  for (const point& p : all.points) {
    for (const measured_pair& pair : p.pairs) {
      for (const auto& [name, m] : {std::pair(&p.a, &pair.a), std::pair(&p.b, &pair.b)}) {
        if (!m->behind || m->generator_limited) continue;
        who.insert(contender_name(*name));
        ++how_many;
      }
    }
  }
  if (how_many == 0) return "";
  return "In " + counted(how_many, "measurement") + " " + list_text({who.begin(), who.end()}) +
         " did not keep up with what an open loop offered (less than 99 % was answered in time): "
         "latencies there say how long the queue was, and no more.";
}

std::string banner(const std::string& text) {
  return text.empty() ? "" : "<p class=\"banner\" role=\"note\">" + escape(text) + "</p>\n";
}

std::string paragraphs(const std::vector<std::string>& sentences) {
  std::string html;
  for (const std::string& each : sentences) html += element("p", unbroken(each)) + "\n";
  return html;
}

}  // namespace

std::string warnings(const results& all) {
  return banner(all.complete ? "" : missing(all)) + banner(wrong_answers(all)) +
         banner(limited(all)) + banner(behind(all));
}

std::string answer_section(const results& all) {
  const auto sentences = answer(all);
  if (sentences.empty()) return "";
  std::string text;
  for (const std::string& each : sentences) text += (text.empty() ? "" : " ") + each;
  return "<p class=\"answer\">" + escape(unbroken(text)) + "</p>\n";
}

std::string why_section(const results& all) {
  std::string html = paragraphs(reasons(all));
  const auto points = main_points(all);
  if (html.empty()) return "";
  const table t = levels_table(all, points,
                               {metric::system_calls, metric::completions, metric::switches,
                                metric::server_cpu, metric::machine_cpu});
  return section("why", "Why", html + folded("Figures", to_html(t)));
}

}  // namespace shoal::bench
