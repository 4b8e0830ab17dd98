// What the report's sections are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bench/chart.h"
#include "bench/html.h"
#include "bench/metric.h"
#include "bench/results.h"
#include "bench/verdict.h"

namespace shoal::bench {

/// A contender has one colour in the whole report: by where it appears first.
class palette final {
 public:
  explicit palette(const results& all);

  [[nodiscard]] unsigned of(std::string_view contender) const noexcept;

 private:
  std::vector<std::string> names_;
};

/// A chart for wide pages and paper, one for narrow pages, and its table behind a line that opens
/// it.
[[nodiscard]] std::string figure(const chart& c, const table& t);
[[nodiscard]] std::string figure(const dot_chart& c, const table& t);

/// A chart that is one of several beside each other.
[[nodiscard]] std::string small_figure(const chart& c, const table& t);

/// A heading and what is below it; nothing where there is nothing.
[[nodiscard]] std::string section(std::string_view id, std::string_view heading,
                                  const std::string& content);

/// Points whose loads are alike, in the order in which the first of each appears; those of a group
/// upwards by `x`.
[[nodiscard]] std::vector<std::vector<const point*>> in_groups(
    const std::vector<const point*>& points, bool (*alike)(const load_shape&, const load_shape&),
    double (*x)(const load_shape&));

/// Points that differ in their number of connections only, of any contenders, in the order in which
/// the first of each appears.
[[nodiscard]] std::vector<std::vector<const point*>> by_kind_of_load(const results& all,
                                                                     purpose why);

/// A row for each point: both levels, their ratio and the verdict, for each metric that is known.
/// Where not all pairs count it says how many do.
[[nodiscard]] table levels_table(const results& all, const std::vector<const point*>& points,
                                 const std::vector<metric>& by);

/// A row for each ratio of a : b, with 1 as its rule.
[[nodiscard]] dot_chart ratio_chart(std::string title, std::string axis_title,
                                    std::vector<dot_row> rows);

/// A line for each contender: what it reaches, by `x` of the point.
[[nodiscard]] chart levels_chart(const palette& colours, const std::vector<const point*>& points,
                                 metric by, double (*x)(const load_shape& load));

/// A line for each pair of contenders: its ratios, by `x` of the point.
[[nodiscard]] chart ratios_chart(const palette& colours, const std::vector<const point*>& points,
                                 metric by, double (*x)(const load_shape& load));

[[nodiscard]] double connections_of(const load_shape& load);

/// A row for each point that knows this metric of both.
[[nodiscard]] std::vector<dot_row> ratio_rows(const std::vector<const point*>& points, metric by,
                                              std::string (*name)(const point&));

/// By which these points are told apart: their load, and the pair where they have several.
[[nodiscard]] std::string (*name_among(const std::vector<const point*>& points))(const point&);

/// All of the same two.
[[nodiscard]] bool one_pair(const std::vector<const point*>& points);

/// What an axis of their ratios is called: their pair where they have one.
[[nodiscard]] std::string axis_among(const std::vector<const point*>& points);

}  // namespace shoal::bench
