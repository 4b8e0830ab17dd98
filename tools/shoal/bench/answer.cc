#include "bench/answer.h"

#include <algorithm>
#include <cmath>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/verdict.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

/// A point of the answer and what came out there.
struct told_point {
  const point* at;
  comparison c;
};

std::string connections_of(const told_point& t) {
  return tool::format_count(t.at->load.connections);
}

std::string places(const std::vector<told_point>& points) {
  std::vector<std::string> each;
  for (const told_point& t : points) each.push_back(connections_of(t));
  return list_text(each);
}

double distance(const told_point& t) noexcept { return std::abs(std::log(t.c.ratio.middle)); }

/// "io_uring serves 1.22 × [1.19, 1.26] the requests of epoll for a CPU second at 64 connections,
/// 1.1 × [1.08, 1.12] at 8": the greatest first.
std::string wins(std::vector<told_point> points) {
  std::sort(points.begin(), points.end(),
            [](const auto& one, const auto& other) { return distance(one) > distance(other); });
  std::string text = sentence(*points.front().at, points.front().c) + " at " +
                     connections_text(points.front().at->load.connections);
  for (std::size_t i = 1; i < points.size(); ++i) {
    text += (i + 1 == points.size() ? " and " : ", ") + ratio_text(winning_ratio(points[i].c)) +
            " at " + connections_of(points[i]);
  }
  return text;
}

std::string tied(const std::vector<told_point>& points) {
  const point& p = *points.front().at;
  return "between " + contender_name(p.a) + " and " + contender_name(p.b) + " there is, in " +
         std::string(facts_of(points.front().c.by).title) +
         ", no difference that this machine can show, at " + places(points) +
         (points.size() == 1 && points.front().at->load.connections == 1 ? " connection"
                                                                         : " connections");
}

std::string throughput_answer(const results& all) {
  std::vector<told_point> a, b, ties, too_few;
  for (const point* p : main_points(all)) {
    const auto c = compare(all, *p, metrics_of(*p).front());
    if (!c) continue;
    auto& kind = c->is == verdict::too_few  ? too_few
                 : c->is != verdict::differ ? ties
                 : a_wins(*c)               ? a
                                            : b;
    kind.push_back({p, *c});
  }
  // Whoever wins at more of them is told first.
  if (b.size() > a.size()) a.swap(b);
  if (a.empty() && !ties.empty()) return "On this machine, " + tied(ties) + ".";
  if (a.empty() && !too_few.empty()) {
    return "Too few pairs were measured to tell " + contender_name(too_few.front().at->a) +
           " from " + contender_name(too_few.front().at->b) + ".";
  }
  if (a.empty()) return "";
  std::string text = "On this machine " + wins(a);
  if (!b.empty()) text += "; " + wins(b);
  if (!ties.empty() && b.empty()) text += ", and ties at " + places(ties);
  if (!ties.empty() && !b.empty()) text += "; they tie at " + places(ties);
  return text + ".";
}

/// "64 connections and 70 % of what the slower one can do".
std::string open_load(load_shape load) {
  if (!(load.share > 0)) return load_text(load);
  const std::string share = percent_text(load.share) + " of what the slower one can do";
  load.rate = load.share = 0;
  return load_text(load) + " and " + share;
}

/// Of the load that is nearest to what servers are run at.
std::string latency_answer(const results& all) {
  const auto who = main_pair(all);
  const point* nearest = nullptr;
  const auto off = [](const point& p) { return std::abs(p.load.share - 0.7); };
  for (const point& p : all.points) {
    if (p.why != purpose::latency || std::pair(p.a, p.b) != who) continue;
    if (nearest == nullptr || off(p) < off(*nearest)) nearest = &p;
  }
  if (nearest == nullptr) return "";
  for (const metric by : {metric::p99, metric::p50}) {
    const auto c = compare(all, *nearest, by);
    if (c && c->is != verdict::too_few)
      return "At " + open_load(nearest->load) + ", " + sentence(*nearest, *c) + ".";
  }
  return "";
}

/// Where no latency can be told of: what the two reach where they differ most.
std::string rate_answer(const results& all) {
  const point* const p = telling_point(all);
  const auto c = p == nullptr ? std::nullopt : compare(all, *p, metric::requests);
  const bool told_already = p != nullptr && metrics_of(*p).front() == metric::requests;
  if (!c || c->is == verdict::too_few || told_already) return "";
  return "At " + load_text(p->load) + ", " + sentence(*p, *c) + ".";
}

}  // namespace

std::optional<std::pair<std::string, std::string>> main_pair(const results& all) {
  const point* first = nullptr;
  for (const point& p : all.points) {
    if (p.why == purpose::noise) continue;
    if (p.a == "uring" && p.b == "epoll") return std::pair(p.a, p.b);
    const bool better =
        first == nullptr || (first->why != purpose::throughput && p.why == purpose::throughput);
    if (better) first = &p;
  }
  if (first == nullptr) return std::nullopt;
  return std::pair(first->a, first->b);
}

std::vector<const point*> main_points(const results& all) {
  const auto who = main_pair(all);
  std::vector<const point*> points;
  for (const point& p : all.points) {
    if (p.why != purpose::throughput || std::pair(p.a, p.b) != who) continue;
    const bool plainer = !points.empty() &&
                         peculiarities(p.load).size() < peculiarities(points.front()->load).size();
    if (plainer) points.clear();
    if (points.empty() || same_but_connections(p.load, points.front()->load)) points.push_back(&p);
  }
  std::sort(points.begin(), points.end(), [](const point* one, const point* other) {
    return std::pair(one->load.connections, one) < std::pair(other->load.connections, other);
  });
  return points;
}

const point* telling_point(const results& all) {
  const point* most = nullptr;
  double furthest = 0;
  for (const point* p : main_points(all)) {
    const auto c = compare(all, *p, metrics_of(*p).front());
    const double off = c && c->is == verdict::differ ? std::abs(std::log(c->ratio.middle)) : 0;
    if (off >= furthest) {
      most = p;
      furthest = off;
    }
  }
  return most;
}

std::vector<std::string> answer(const results& all) {
  std::vector<std::string> sentences;
  const std::string of_latency = latency_answer(all);
  for (const std::string& each :
       {throughput_answer(all), of_latency.empty() ? rate_answer(all) : of_latency}) {
    if (!each.empty()) sentences.push_back(each);
  }
  return sentences;
}

}  // namespace shoal::bench
