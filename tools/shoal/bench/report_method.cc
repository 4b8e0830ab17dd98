// Where and how it was measured.
#include <algorithm>

#include "base/clock.h"
#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/report_sections.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

/// Of all measurements of a point.
struct quality {
  double steal = 0;  ///< the greatest
  double busy = 0;   ///< the greatest
  double lag_ns = 0;
  std::uint64_t errors = 0;
  bool limited = false;
  bool behind = false;
};

quality quality_of(const point& p) {
  quality q;
  for (const measured_pair& pair : p.pairs) {
    for (const measurement* m : {&pair.a, &pair.b}) {
      q.steal = std::max(q.steal, m->steal_share);
      q.busy = std::max(q.busy, m->generator_busy);
      q.lag_ns = std::max(q.lag_ns, m->send_lag_ns);
      q.errors += m->errors;
      q.limited |= m->generator_limited;
      q.behind |= m->behind;
    }
  }
  return q;
}

table points_table(const results& all) {
  table t{"all points, in the order of the plan",
          {"point", "for", "pairs", "repeated", "errors", "generator busy", "its lag",
           "all answered in time", "steal"},
          {}};
  for (const point& p : all.points) {
    const quality q = quality_of(p);
    t.rows.push_back({contender_name(p.a) + " : " + contender_name(p.b) + ", " + load_text(p.load),
                      std::string(name_of(p.why)), std::to_string(p.pairs.size()),
                      std::to_string(p.repeated), tool::format_count(q.errors),
                      percent_text(q.busy) + (q.limited ? ", the limit" : ""),
                      open_loop(p.load) ? value_text(q.lag_ns / 1e9, unit::seconds) : "",
                      open_loop(p.load) ? (q.behind ? "no" : "yes") : "", percent_text(q.steal)});
  }
  return t;
}

std::string pairs_words(const results& all) {
  std::size_t fewest = all.points.front().pairs.size();
  std::size_t most = fewest;
  for (const point& p : all.points) {
    fewest = std::min(fewest, p.pairs.size());
    most = std::max(most, p.pairs.size());
  }
  const std::string range = fewest == most ? std::to_string(most)
                                           : std::to_string(fewest) + " to " + std::to_string(most);
  return counted(all.points.size(), "point") + ", each of " + range + " pairs";
}

/// A file may say anything of it.
std::string duration_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) return "of unknown duration";
  return tool::format_duration(nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
}

std::string repeated_words(const results& all) {
  unsigned repeated = 0;
  for (const point& p : all.points) repeated += p.repeated;
  if (repeated == 0) return "No pair had to be thrown away.";
  return counted(repeated, "pair") + (repeated == 1 ? " was" : " were") +
         " thrown away and measured again, since the hypervisor had taken time from this machine "
         "or "
         "the generator had been the limit.";
}

}  // namespace

std::string machine_section(const results& all) {
  table t{"", {"what", "value"}, {}};
  for (const auto& [name, value] : all.machine) t.rows.push_back({name, value});
  if (all.system_call_ns > 0) {
    t.rows.push_back({"a system call that does nothing, measured",
                      value_text(all.system_call_ns / 1e9, unit::seconds)});
  }
  if (all.wake_ns > 0) {
    t.rows.push_back(
        {"to wake a thread that sleeps, measured", value_text(all.wake_ns / 1e9, unit::seconds)});
  }
  return t.rows.empty() ? "" : section("machine", "Environment", to_html(t));
}

std::string method_section(const results& all) {
  if (all.points.empty()) return "";
  const std::string plan = "Plan " + all.plan + ", begun " + all.began + ", " +
                           duration_text(all.seconds) + ": " + pairs_words(all) + ". " +
                           repeated_words(all);
  return section(
      "method", "How it was measured",
      element("p", plan) + "\n" +
          element("p",
                  "Each measurement has a server process of its own, which is warmed up before it "
                  "counts. The two of a pair follow each other, and the order changes from pair to "
                  "pair (A B, B A, ...), so that what drifts on the machine meets both alike. Only "
                  "ratios within a pair are evidence: of them the median is given, and in brackets "
                  "the bounds between which it lies 19 times in 20 (bootstrap of the median, "
                  "widened for few pairs). Levels, in charts of one contender, have what drifts in "
                  "them.") +
          "\n" + folded("All points", to_html(points_table(all))));
}

}  // namespace shoal::bench
