#include "bench/schedule.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>
#include <vector>

namespace shoal::bench {
namespace {

constexpr int most_retries = 2;  // of a measurement that has failed

bool is_open(const point& p) noexcept { return p.load.share > 0 || p.load.rate > 0; }

double steal_of(const measured_pair& pair) noexcept {
  return (pair.a.steal_share + pair.b.steal_share) / 2;
}

bool was_limited(const measured_pair& pair) noexcept {
  return pair.a.generator_limited || pair.b.generator_limited;
}

double median(std::vector<double> values) {
  const auto middle = values.size() / 2;
  std::sort(values.begin(), values.end());
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

class schedule final {
 public:
  schedule(const plan& what, const world& around, results& into)
      : plan_(what), world_(around), results_(into), began_(around.now()) {
    results_.points = what.points;
    limited_.resize(what.points.size());
    for (std::size_t i = 0; i < what.points.size(); ++i) {
      (is_open(what.points[i]) ? open_ : closed_).push_back(i);
    }
  }

  outcome run() {
    measure_rounds(closed_, open_.size());
    if (going_on() && choose_rates()) measure_rounds(open_, 0);
    results_.seconds = world_.now() - began_;
    results_.complete = ended_by_.empty();
    results_.ended_by = ended_by_;
    return judge();
  }

 private:
  [[nodiscard]] bool going_on() const noexcept { return ended_by_.empty(); }

  [[nodiscard]] outcome judge() const {
    if (interrupted_) return outcome::interrupted;
    const bool some = std::any_of(results_.points.begin(), results_.points.end(),
                                  [](const point& p) { return !p.pairs.empty(); });
    if (!some) return outcome::nothing;
    return going_on() ? outcome::done : outcome::ended_early;
  }

  /// Until each of these points has its pairs, or the next one might end too late: for `others`,
  /// which come afterwards, to have as many, too.
  void measure_rounds(const std::vector<std::size_t>& points, std::size_t others) {
    for (unsigned round = 0; round < plan_.pairs; ++round) {
      for (const std::size_t i : points) {
        // The first round is measured in any case: a point without a pair says nothing.
        const double kept = static_cast<double>(others * (round + 1)) * usual_pair();
        if (round > 0 && left() < next_pair() + kept) return;
        if (!measure_pair(i, round)) return;
      }
      world_.tell({.seconds_left = left()});
    }
  }

  /// Idle connections are measured in less time than others.
  [[nodiscard]] double usual_pair() const {
    return pair_seconds_.empty() ? 0 : median(pair_seconds_);
  }

  /// What one more may take. A machine that once stood still for seconds shall not end the run
  /// early.
  [[nodiscard]] double next_pair() const { return std::min(longest_pair_, 2 * usual_pair()); }

  [[nodiscard]] double left() const { return std::max(began_ + plan_.budget - world_.now(), 0.0); }

  /// False: it ends here.
  bool measure_pair(std::size_t i, unsigned round) {
    point& p = results_.points[i];
    for (unsigned tries = 0;; ++tries) {
      const double began = world_.now();
      measured_pair pair;
      if (!measure_both(p, round % 2 == 1, pair)) return false;
      note_time(p, world_.now() - began);
      if (tries >= most_repeats || !is_bad(i, pair, tries) || left() < next_pair()) {
        p.pairs.push_back(std::move(pair));
        return true;
      }
      ++p.repeated;
    }
  }

  void note_time(const point& p, double seconds) {
    longest_pair_ = std::max(longest_pair_, seconds);
    if (p.why != purpose::memory) pair_seconds_.push_back(seconds);
  }

  /// A generator that is the limit for a second time is so with this load: no repeat helps.
  bool is_bad(std::size_t i, const measured_pair& pair, unsigned tries) {
    if (steal_of(pair) > most_steal) return true;
    if (!was_limited(pair) || limited_[i]) return false;
    limited_[i] = tries > 0;
    return !limited_[i];
  }

  bool measure_both(const point& p, bool b_first, measured_pair& pair) {
    for (const bool of_b : {b_first, !b_first}) {
      if (!measure_one(p, of_b ? p.b : p.a, of_b ? pair.b : pair.a)) return false;
    }
    return true;
  }

  /// Again if it fails: a port may be taken, or a machine be short of something for a moment.
  bool measure_one(const point& p, const std::string& contender, measurement& out) {
    for (int tries = 0;; ++tries) {
      if (world_.interrupted()) return end_interrupted();
      world_.tell({.now = &p,
                   .contender = contender,
                   .pair = static_cast<unsigned>(p.pairs.size()) + 1,
                   .seconds_left = left()});
      auto measured = world_.measure(contender, p);
      if (measured) {
        out = std::move(measured).value();
        return true;
      }
      if (world_.interrupted()) return end_interrupted();
      if (tries >= most_retries) {
        ended_by_ = measured.error().message;
        return false;
      }
    }
  }

  bool end_interrupted() {
    interrupted_ = true;
    ended_by_ = "interrupted";
    return false;
  }

  /// Of open loops, which have a share. False: one of them has nothing to be a share of.
  bool choose_rates() {
    for (const std::size_t i : open_) {
      point& p = results_.points[i];
      if (p.load.rate > 0) continue;
      const auto capacity = slower_capacity(p);
      if (!capacity) {
        ended_by_ = "no closed loop has measured what " + p.a + " and " + p.b + " can do";
        return false;
      }
      p.load.rate = std::max(std::floor(*capacity * p.load.share), 1.0);
    }
    return true;
  }

  [[nodiscard]] std::optional<double> slower_capacity(const point& p) const {
    for (const point& each : results_.points) {
      if (!measures_capacity_for(each, p)) continue;
      const auto a = capacity_of(each, true);
      const auto b = capacity_of(each, false);
      if (a && b) return std::min(*a, *b);
    }
    return std::nullopt;
  }

  const plan& plan_;
  const world& world_;
  results& results_;
  const double began_;
  std::vector<std::size_t> closed_;
  std::vector<std::size_t> open_;
  std::vector<bool> limited_;  // by point: the generator is the limit, and no repeat helps
  double longest_pair_ = 0;
  std::vector<double> pair_seconds_;  // of all pairs but those of idle connections
  std::string ended_by_;
  bool interrupted_ = false;
};

}  // namespace

std::optional<double> capacity_of(const point& p, bool of_a) {
  std::vector<double> rates;
  for (const measured_pair& pair : p.pairs) {
    const measurement& m = of_a ? pair.a : pair.b;
    if (m.seconds > 0) rates.push_back(static_cast<double>(m.answers) / m.seconds);
  }
  if (rates.empty()) return std::nullopt;
  return median(std::move(rates));
}

outcome run(const plan& what, const world& around, results& into) {
  return schedule(what, around, into).run();
}

}  // namespace shoal::bench
