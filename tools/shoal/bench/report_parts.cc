#include "bench/report_parts.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/ratio.h"

namespace shoal::bench {
namespace {

constexpr unsigned wide = 720;
constexpr unsigned narrow = 340;

std::string legend(const chart& c) {
  if (c.lines.size() < 2) return "";
  std::string html = "<p class=\"legend\">";
  for (const line& l : c.lines) {
    html += "<span>" + swatch(l.colour) + escape(l.name) + "</span> ";
  }
  return html + "</p>\n";
}

/// Where a metric's name begins a line; "p99" and "io_uring" stay. ASCII.
std::string capitalised(std::string text) {
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0 &&
      !text.starts_with("io_")) {
    text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  }
  return text;
}
std::string framed(const std::string& title, const std::string& pictures, const table& t) {
  return "<figure>\n" + element("figcaption", capitalised(title)) + "\n" + pictures +
         folded("Figures", to_html(t)) + "</figure>\n";
}

template <typename Chart>
std::string both_widths(const Chart& c) {
  return "<div class=\"wide\">" + to_svg(c, wide) + "</div>\n<div class=\"narrow\">" +
         to_svg(c, narrow) + "</div>\n";
}

/// All that a chart of `lines` has to have room for.
std::vector<double> reached(const std::vector<line>& lines) {
  std::vector<double> values;
  for (const line& l : lines) {
    for (const mark& m : l.marks) {
      values.push_back(m.y.middle);
      if (m.y.enough()) values.insert(values.end(), {m.y.low, m.y.high});
    }
  }
  return values;
}

std::vector<double> distinct_x(const std::vector<line>& lines) {
  std::set<double> values;
  for (const line& l : lines) {
    for (const mark& m : l.marks) values.insert(m.x);
  }
  return {values.begin(), values.end()};
}

/// "io_uring from 1 to 4,096: 23,000, 184,000": what a person who hears the page is told.
std::string spoken(const std::vector<line>& lines, unit in) {
  std::string text;
  for (const line& l : lines) {
    std::vector<std::string> values;
    for (const mark& m : l.marks) values.push_back(value_text(m.y.middle, in));
    text += (text.empty() ? "" : "; ") + l.name + ": " + list_text(values);
  }
  return text;
}

/// All measurements of a contender under one load, whomever they were paired with.
std::map<double, std::vector<double>> levels_by_x(const std::vector<const point*>& points,
                                                  const std::string& contender, metric by,
                                                  double (*x)(const load_shape&)) {
  std::map<double, std::vector<double>> levels;
  const auto add = [&](const point& p, const measurement& m) {
    if (const auto value = value_of(m, p.load, by)) levels[x(p.load)].push_back(*value);
  };
  for (const point* p : points) {
    for (const measured_pair& pair : p->pairs) {
      if (p->a == contender) add(*p, pair.a);
      if (p->b == contender) add(*p, pair.b);
    }
  }
  return levels;
}

std::vector<std::string> contenders(const std::vector<const point*>& points) {
  std::vector<std::string> names;
  for (const point* p : points) {
    for (const std::string* name : {&p->a, &p->b}) {
      if (std::find(names.begin(), names.end(), *name) == names.end()) names.push_back(*name);
    }
  }
  return names;
}

std::string verdict_cell(const comparison& c, const point& p) {
  if (c.is != verdict::differ) return no_difference(c);
  const std::string winner = contender_name(a_wins(c) ? p.a : p.b);
  return winner + (facts_of(c.by).wins == better::neither ? " has more" : " is better");
}

/// Pairs in which a metric is not known of both, or is 0 of one, have no ratio.
std::string ratio_cell(const comparison& c, const point& p) {
  const std::string text = ratio_text(c.ratio);
  if (c.ratio.count == p.pairs.size()) return text;
  return text + ", " + std::to_string(c.ratio.count) + " of " + counted(p.pairs.size(), "pair");
}

std::string load_name(const point& p) { return load_text(p.load); }

std::string full_name(const point& p) { return pair_name(p) + ", " + load_text(p.load); }

}  // namespace

palette::palette(const results& all) {
  std::vector<const point*> points;
  for (const point& p : all.points) points.push_back(&p);
  names_ = contenders(points);
}

unsigned palette::of(std::string_view contender) const noexcept {
  const auto found = std::find(names_.begin(), names_.end(), contender);
  return static_cast<unsigned>(found - names_.begin());
}

std::string figure(const chart& c, const table& t) {
  return framed(c.title, legend(c) + both_widths(c), t);
}

std::string figure(const dot_chart& c, const table& t) {
  return framed(c.title, both_widths(c), t);
}

std::string small_figure(const chart& c, const table& t) {
  return framed(c.title, legend(c) + to_svg(c, narrow), t);
}

std::string section(std::string_view id, std::string_view heading, const std::string& content) {
  if (content.empty()) return "";
  return "<section id=\"" + std::string(id) + "\">\n" + element("h2", heading) + "\n" + content +
         "</section>\n";
}

double connections_of(const load_shape& load) { return load.connections; }

std::vector<std::vector<const point*>> in_groups(const std::vector<const point*>& points,
                                                 bool (*alike)(const load_shape&,
                                                               const load_shape&),
                                                 double (*x)(const load_shape&)) {
  std::vector<std::vector<const point*>> groups;
  for (const point* p : points) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return alike(group.front()->load, p->load);
    });
    if (same == groups.end()) {
      groups.push_back({p});
    } else {
      same->push_back(p);
    }
  }
  for (auto& group : groups) {
    std::sort(group.begin(), group.end(), [x](const point* one, const point* other) {
      return std::pair(x(one->load), one) < std::pair(x(other->load), other);
    });
  }
  return groups;
}

std::vector<std::vector<const point*>> by_kind_of_load(const results& all, purpose why) {
  std::vector<const point*> chosen;
  for (const point& p : all.points) {
    if (p.why == why && !p.pairs.empty()) chosen.push_back(&p);
  }
  return in_groups(chosen, same_but_connections, connections_of);
}

table levels_table(const results& all, const std::vector<const point*>& points,
                   const std::vector<metric>& by) {
  table t{"a and b, and the median of the ratios within their pairs with its 95 % interval",
          {"load", "of", "a", "b", "a : b", ""},
          {}};
  for (const point* p : points) {
    for (const metric each : by) {
      const auto c = compare(all, *p, each);
      const auto a = level_of(*p, side::a, each);
      const auto b = level_of(*p, side::b, each);
      if (!c) continue;
      const unit in = facts_of(each).in;
      t.rows.push_back({load_text(p->load), std::string(facts_of(each).title),
                        contender_name(p->a) + " " + value_text(a->middle, in),
                        contender_name(p->b) + " " + value_text(b->middle, in), ratio_cell(*c, *p),
                        verdict_cell(*c, *p)});
    }
  }
  return t;
}

dot_chart ratio_chart(std::string title, std::string axis_title, std::vector<dot_row> rows) {
  std::vector<double> values = {1};
  std::string says;
  for (dot_row& r : rows) {
    values.push_back(r.value.middle);
    if (r.value.enough()) values.insert(values.end(), {r.value.low, r.value.high});
    r.text = ratio_text(r.value);
    says += (says.empty() ? "" : "; ") + r.name + ": " + r.text;
  }
  return {std::move(title), std::move(says), around(std::move(axis_title), values, unit::count),
          std::move(rows), 1};
}

chart levels_chart(const palette& colours, const std::vector<const point*>& points, metric by,
                   double (*x)(const load_shape& load)) {
  chart c;
  for (const std::string& name : contenders(points)) {
    line l{contender_name(name), colours.of(name), {}, false};
    for (auto& [at, values] : levels_by_x(points, name, by, x)) {
      l.marks.push_back({at, estimate_median(std::move(values))});
    }
    if (!l.marks.empty()) c.lines.push_back(std::move(l));
  }
  const metric_facts& facts = facts_of(by);
  c.title = std::string(facts.title);
  c.says = spoken(c.lines, facts.in);
  c.y = from_zero("", reached(c.lines), facts.in);
  c.x = at_values("", distinct_x(c.lines));
  return c;
}

chart ratios_chart(const palette& colours, const std::vector<const point*>& points, metric by,
                   double (*x)(const load_shape& load)) {
  chart c;
  for (const point* p : points) {
    const auto ratio = ratio_of(*p, by);
    if (!ratio) continue;
    const std::string name = pair_name(*p);
    auto l = std::find_if(c.lines.begin(), c.lines.end(),
                          [&](const line& each) { return each.name == name; });
    if (l == c.lines.end()) l = c.lines.insert(l, {name, colours.of(p->b), {}, false});
    l->marks.push_back({x(p->load), *ratio});
  }
  std::vector<double> values = reached(c.lines);
  values.push_back(1);
  c.title = (c.lines.size() == 1 ? c.lines.front().name : std::string("Ratios")) + ", " +
            std::string(facts_of(by).title);
  c.says = spoken(c.lines, unit::count);
  c.x = at_values("", distinct_x(c.lines));
  c.y = around("", values, unit::count);
  c.rule = 1;
  return c;
}

std::vector<dot_row> ratio_rows(const std::vector<const point*>& points, metric by,
                                std::string (*name)(const point&)) {
  std::vector<dot_row> rows;
  for (const point* p : points) {
    if (const auto ratio = ratio_of(*p, by)) rows.push_back({name(*p), *ratio, "", 0});
  }
  return rows;
}

bool one_pair(const std::vector<const point*>& points) {
  return !points.empty() && std::all_of(points.begin(), points.end(), [&](const point* p) {
    return p->a == points.front()->a && p->b == points.front()->b;
  });
}

std::string (*name_among(const std::vector<const point*>& points))(const point&) {
  return one_pair(points) ? load_name : full_name;
}

std::string axis_among(const std::vector<const point*>& points) {
  return one_pair(points) ? pair_name(*points.front()) : "ratio";
}

}  // namespace shoal::bench
