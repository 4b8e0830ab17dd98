#include "bench/change.h"

#include <algorithm>
#include <optional>

#include "bench/load_words.h"
#include "bench/ratio.h"

namespace shoal::bench {
namespace {

bool same_point(const point& one, const point& other) noexcept {
  return one.why == other.why && one.a == other.a && one.b == other.b &&
         same_load(one.load, other.load);
}

bool comparable(const point& p) noexcept { return p.why != purpose::noise; }

/// Certain: even the bound that is kindest to it lies beyond.
bool is_regression(const change& c, double bound_percent) noexcept {
  const double bound = bound_percent / 100;
  switch (facts_of(c.by).wins) {
    case better::more:
      return c.ratio.high < 1 - bound;
    case better::less:
      return c.ratio.low > 1 + bound;
    case better::neither:
      return false;
  }
  return false;
}

class comparer final {
 public:
  comparer(changed_point& at, const change_options& options) : at_(at), options_(options) {}

  void ratio(metric by) {
    add(by, contender_name(at_.before->a) + " : " + contender_name(at_.before->b), false,
        ratio_of(*at_.before, by), ratio_of(*at_.after, by));
  }

  void level(metric by, side of) {
    add(by, contender_name(of == side::a ? at_.before->a : at_.before->b), true,
        level_of(*at_.before, of, by), level_of(*at_.after, of, by));
  }

 private:
  void add(metric by, std::string of, bool level, const std::optional<estimate>& before,
           const std::optional<estimate>& after) {
    if (!before || !after || before->low <= 0 || after->low <= 0) return;
    change c{by, std::move(of), level, *before, *after, quotient(*after, *before), false, false};
    if (c.ratio.enough()) {
      c.differs = !c.ratio.includes(1);
      c.regression = is_regression(c, options_.bound_percent);
    }
    at_.changes.push_back(std::move(c));
  }

  changed_point& at_;
  const change_options& options_;
};

changed_point compare_points(const point& before, const point& after,
                             const change_options& options) {
  changed_point at{&before, &after, {}};
  comparer compare(at, options);
  for (const metric by : metrics_of(before)) {
    compare.ratio(by);
    if (!options.levels) continue;
    compare.level(by, side::a);
    compare.level(by, side::b);
  }
  return at;
}

template <typename Is>
std::size_t count_changes(const std::vector<changed_point>& points, Is is) {
  std::size_t sum = 0;
  for (const changed_point& p : points) {
    sum += static_cast<std::size_t>(std::count_if(p.changes.begin(), p.changes.end(), is));
  }
  return sum;
}

}  // namespace

std::size_t changes::compared() const noexcept {
  return count_changes(points, [](const change&) { return true; });
}

std::size_t changes::too_few() const noexcept {
  return count_changes(points, [](const change& c) { return !c.ratio.enough(); });
}

std::size_t changes::differ() const noexcept {
  return count_changes(points, [](const change& c) { return c.differs; });
}

std::size_t changes::regressions() const noexcept {
  return count_changes(points, [](const change& c) { return c.regression; });
}

changes changes_between(const results& before, const results& after,
                        const change_options& options) {
  changes all;
  std::vector<const point*> left;
  for (const point& p : after.points) {
    if (comparable(p)) left.push_back(&p);
  }
  for (const point& p : before.points) {
    if (!comparable(p)) continue;
    const auto partner = std::find_if(left.begin(), left.end(),
                                      [&](const point* other) { return same_point(p, *other); });
    if (partner == left.end()) {
      ++all.only_before;
      continue;
    }
    all.points.push_back(compare_points(p, **partner, options));
    left.erase(partner);
  }
  all.only_after = left.size();
  return all;
}

}  // namespace shoal::bench
