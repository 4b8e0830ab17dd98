#include "numa/answer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "bench/number_text.h"
#include "bench/verdict.h"
#include "numa/arrangements.h"
#include "numa/core_places.h"
#include "numa/words.h"

namespace shoal::numa {
namespace {

using bench::comparison;
using bench::metric;
using bench::point;
using bench::unit;
using bench::verdict;

/// A point that compares an arrangement with the usual one, by what it is measured for.
struct finding {
  const point* at = nullptr;
  comparison is;
};

/// All that was found of an arrangement.
struct record {
  std::string name;
  std::vector<finding> better;  ///< than the usual one
  std::vector<finding> worse;
  std::size_t equal = 0;
  std::size_t too_few = 0;
};

std::optional<metric> asked_of(const point& p) noexcept {
  if (p.why == bench::purpose::throughput) return metric::requests_a_cpu_second;
  if (p.why == bench::purpose::latency) return metric::p99;
  return std::nullopt;
}

record& record_of(const std::string& name, std::vector<record>& all) {
  for (record& each : all) {
    if (each.name == name) return each;
  }
  return all.emplace_back(record{.name = name});
}

void file(const finding& found, record& into) {
  switch (found.is.is) {
    case verdict::too_few:
      ++into.too_few;
      break;
    case verdict::tie:
    case verdict::noise:
      ++into.equal;
      break;
    case verdict::differ:
      (bench::a_wins(found.is) ? into.better : into.worse).push_back(found);
  }
}

std::vector<record> records_of(const server_findings& found) {
  std::vector<record> all;
  for (const point& p : found.measured.points) {
    const auto by = asked_of(p);
    if (!by || p.b != usual_arrangement) continue;
    if (const auto is = bench::compare(found.measured, p, *by)) {
      file({&p, *is}, record_of(p.a, all));
    }
  }
  return all;
}

/// By which the two differ, whichever has more.
double distance(const finding& f) noexcept { return std::abs(std::log(f.is.ratio.middle)); }

double furthest(const std::vector<finding>& all) noexcept {
  double most = 0;
  for (const finding& each : all) most = std::max(most, distance(each));
  return most;
}

std::string told(const std::vector<finding>& all) {
  std::vector<std::string> sentences;
  for (const finding& each : all) {
    const bool large = each.at->load.body_bytes != bench::plaintext_bytes;
    sentences.push_back(bench::sentence(*each.at, each.is) +
                        (large ? " with bodies of 16 KiB" : ""));
  }
  return bench::list_text(sentences);
}

/// One that is better in something and worse in nothing, the furthest; null if there is none.
const record* best_of(const std::vector<record>& all) {
  const record* best = nullptr;
  for (const record& each : all) {
    if (each.better.empty() || !each.worse.empty()) continue;
    if (best == nullptr || furthest(each.better) > furthest(best->better)) best = &each;
  }
  return best;
}

const record* worst_of(const std::vector<record>& all) {
  const record* worst = nullptr;
  for (const record& each : all) {
    if (each.worse.empty()) continue;
    if (worst == nullptr || furthest(each.worse) > furthest(worst->worse)) worst = &each;
  }
  return worst;
}

std::string names_of(const std::vector<record>& all) {
  std::vector<std::string> names;
  for (const record& each : all) names.push_back(each.name);
  return bench::list_text(names);
}

bool only_too_few(const std::vector<record>& all) {
  return std::all_of(all.begin(), all.end(), [](const record& each) {
    return each.better.empty() && each.worse.empty() && each.equal == 0;
  });
}

/// Of cells with the same sort of memory: the median of the middles, with the bounds of the one
/// that it is, or of the nearest.
const memory_cell* middle_cell(std::vector<const memory_cell*> cells) {
  if (cells.empty()) return nullptr;
  std::sort(cells.begin(), cells.end(), [](const memory_cell* one, const memory_cell* other) {
    return one->latency_ns.middle < other->latency_ns.middle;
  });
  return cells[cells.size() / 2];
}

std::string remote_sentence(const memory_cell& near, const memory_cell& far) {
  return "Memory of another node answers a core after " + time_text(far.latency_ns) +
         ", its own after " + time_text(near.latency_ns) + ": " +
         bench::ratio_text(bench::quotient(far.latency_ns, near.latency_ns)) + "; one core reads " +
         bench::ratio_text(bench::quotient(far.alone.read, near.alone.read)) +
         " as much a second there.";
}

std::string local_sentence(const memory_cell& cell) {
  std::string text = "Memory answers a core after " + time_text(cell.latency_ns) +
                     "; one core reads " + rate_text(cell.alone.read);
  if (cell.cores > 1) {
    text += ", " + std::to_string(cell.cores) + " together " + rate_text(cell.together.read);
  }
  return text + ". There is one NUMA node, so what a remote one costs was not there to measure.";
}

}  // namespace

std::string server_sentence(const server_findings& found) {
  const auto all = records_of(found);
  if (all.empty()) return "";
  if (only_too_few(all)) {
    return "What to run cannot be said: there are too few pairs of " + names_of(all) +
           " and the default.";
  }
  if (const record* const best = best_of(all)) {
    return "Run it with " + best->name + ": " + told(best->better) + ".";
  }
  if (const record* const worst = worst_of(all)) {
    return "Run it without flags: none of " + names_of(all) +
           " is better without being worse in something. Furthest behind is " + worst->name + ": " +
           told(worst->worse) + ".";
  }
  return "Run it without flags: nothing that was tried (" + names_of(all) +
         ") makes a difference that this machine can show.";
}

std::string memory_sentence(const memory_findings& found) {
  std::vector<const memory_cell*> own;
  std::vector<const memory_cell*> others;
  for (const memory_cell& cell : found.matrix) {
    (cell.cpu_node == cell.memory_node ? own : others).push_back(&cell);
  }
  const memory_cell* const near = middle_cell(own);
  const memory_cell* const far = middle_cell(others);
  if (near == nullptr) return "";
  return far == nullptr ? local_sentence(*near) : remote_sentence(*near, *far);
}

std::string handoff_sentence(const handoff_findings& found) {
  std::map<nearness, std::vector<const handoff_pair*>> groups;
  for (const handoff_pair& pair : found.pairs) groups[pair.how].push_back(&pair);
  std::vector<std::string> lines;
  double least_wake = HUGE_VAL;
  double most_wake = 0;
  for (auto& [how, pairs] : groups) {
    std::sort(pairs.begin(), pairs.end(), [](const handoff_pair* one, const handoff_pair* other) {
      return one->line_ns.middle < other->line_ns.middle;
    });
    lines.push_back(time_text(pairs[pairs.size() / 2]->line_ns) + " (" + name_of(how) + ")");
    for (const handoff_pair* const pair : pairs) {
      if (pair->wake_ns.count == 0) continue;
      least_wake = std::min(least_wake, pair->wake_ns.middle);
      most_wake = std::max(most_wake, pair->wake_ns.middle);
    }
  }
  if (lines.empty()) return "";
  std::string text = "A cache line goes from core to core in " + bench::list_text(lines);
  if (most_wake > 0) {
    const std::string least = bench::value_text(least_wake / 1e9, unit::seconds);
    const std::string most = bench::value_text(most_wake / 1e9, unit::seconds);
    text += "; to wake a core that sleeps takes " + (least == most ? most : least + " to " + most);
  }
  return text + ".";
}

std::vector<std::string> answer(const study& all) {
  std::vector<std::string> sentences;
  std::string first = all.server ? server_sentence(*all.server) : "";
  if (first.empty()) {
    first = "What to run was not measured: no arrangement of the server has been compared.";
  }
  sentences.push_back(std::move(first));
  if (all.memory) sentences.push_back(memory_sentence(*all.memory));
  if (all.handoff) sentences.push_back(handoff_sentence(*all.handoff));
  std::erase(sentences, "");
  return sentences;
}

}  // namespace shoal::numa
