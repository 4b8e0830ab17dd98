#include "bench/change_report.h"

#include <algorithm>

#include "base/json_writer.h"
#include "bench/load_words.h"
#include "bench/number_text.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

/// Columns are aligned by bytes.
std::string ascii(std::string text) {
  for (const auto& [from, to] : {std::pair{" ×", ""}, std::pair{"µ", "u"}}) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from)) {
      text.replace(at, std::string_view(from).size(), to);
    }
  }
  return text;
}

std::string value_cell(const change& c, const estimate& value) {
  return ascii(c.level ? value_text(value.middle, facts_of(c.by).in) : ratio_text(value));
}

std::string verdict_cell(const change& c) {
  if (!c.ratio.enough()) return "too few pairs";
  if (c.regression) return "REGRESSION";
  return c.differs ? "differs" : "";
}

std::string title_of(const point& p) {
  return tool::printable(contender_name(p.a) + " : " + contender_name(p.b) + ", " +
                         std::string(name_of(p.why)) + ", " + load_text(p.load));
}

std::string block(const changed_point& p) {
  if (p.changes.empty()) return "";
  std::vector<tool::cells> rows;
  for (const change& c : p.changes) {
    const std::string of = c.level ? ", " + tool::printable(c.of) : "";
    rows.push_back({"  " + std::string(facts_of(c.by).title) + of, value_cell(c, c.before),
                    value_cell(c, c.after), ascii(ratio_text(c.ratio)), verdict_cell(c)});
  }
  std::string text = title_of(*p.before) + "\n";
  for (const std::string& line :
       tool::align({{"", true}, {"A", true}, {"B", true}, {"B : A", true}, {"", true}}, rows)) {
    text += line + "\n";
  }
  return text + "\n";
}

std::string about(std::string_view letter, const std::string& name, const results& all) {
  return std::string(letter) + ": " + tool::printable(name) + ", plan " +
         tool::printable(all.plan) + ", begun " + tool::printable(all.began) +
         (all.complete ? "" : ", NOT COMPLETE") + "\n";
}

const std::string* value_of_fact(const results& all, const std::string& name) {
  const auto found = std::find_if(all.machine.begin(), all.machine.end(),
                                  [&](const fact& f) { return f.first == name; });
  return found == all.machine.end() ? nullptr : &found->second;
}

/// Lines on what A and B say differently of their machine and program.
std::string differences(const results& before, const results& after) {
  std::string text;
  for (const auto& [name, value] : before.machine) {
    const std::string* const other = value_of_fact(after, name);
    if (other == nullptr || *other == value) continue;
    text += "  " + tool::printable(name) + ": " + tool::printable(value) + " in A, " +
            tool::printable(*other) + " in B\n";
  }
  return text.empty() ? "" : "They differ in:\n" + text;
}

std::string sum(const change_report& r) {
  const changes& c = r.found;
  std::string text = counted(c.points.size(), "point") + " in both, " +
                     std::to_string(c.only_before) + " in A alone, " +
                     std::to_string(c.only_after) + " in B alone. Of " +
                     counted(c.compared(), "figure") + " " + std::to_string(c.differ()) +
                     " differ: the interval of B : A excludes 1";
  if (c.too_few() > 0) text += "; " + std::to_string(c.too_few()) + " have too few pairs to tell";
  return text + ".\n" + counted(c.regressions(), "regression") + " beyond " +
         percent_text(r.options.bound_percent / 100) + ".\n";
}

void write_estimate(json_writer& json, std::string_view name, const estimate& e) {
  json.key(name);
  json.begin_object();
  json.member("middle", e.middle);
  json.member("low", e.low);
  json.member("high", e.high);
  json.member("count", e.count);
  json.member("enough", e.enough());
  json.end_object();
}

void write_change(json_writer& json, const change& c) {
  json.begin_object();
  json.member("metric", facts_of(c.by).name);
  json.member("of", c.of);
  json.member("level", c.level);
  write_estimate(json, "a", c.before);
  write_estimate(json, "b", c.after);
  write_estimate(json, "b_to_a", c.ratio);
  json.member("differs", c.differs);
  json.member("regression", c.regression);
  json.end_object();
}

void write_point(json_writer& json, const changed_point& p) {
  json.begin_object();
  json.member("why", name_of(p.before->why));
  json.member("a", p.before->a);
  json.member("b", p.before->b);
  json.member("load", load_text(p.before->load));
  json.member("connections", p.before->load.connections);
  json.key("changes");
  json.begin_array();
  for (const change& c : p.changes) write_change(json, c);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_text(const change_report& r) {
  std::string text = about("A", r.before_name, r.before) + about("B", r.after_name, r.after) +
                     differences(r.before, r.after) + "\n";
  for (const changed_point& p : r.found.points) text += block(p);
  return text + sum(r);
}

std::string to_json(const change_report& r) {
  std::string text;
  json_writer json(text);
  json.begin_object();
  json.member("a", r.before_name);
  json.member("b", r.after_name);
  json.member("bound_percent", r.options.bound_percent);
  json.member("only_in_a", r.found.only_before);
  json.member("only_in_b", r.found.only_after);
  json.member("compared", r.found.compared());
  json.member("too_few_pairs", r.found.too_few());
  json.member("differ", r.found.differ());
  json.member("regressions", r.found.regressions());
  json.key("points");
  json.begin_array();
  for (const changed_point& p : r.found.points) write_point(json, p);
  json.end_array();
  json.end_object();
  return text;
}

}  // namespace shoal::bench
