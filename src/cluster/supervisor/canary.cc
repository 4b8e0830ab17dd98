#include "cluster/supervisor/canary.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "cluster/options/units.h"
#include "shm/slot_reader.h"

namespace shoal::cluster {
namespace {

/// Less is said about too, and decides nothing about time: a p99 is of a hundred.
constexpr std::uint64_t enough = 100;

/// Whose first answers may take any time: of each worker so many.
constexpr unsigned cold_answers = 8;

/// A worker that has been in one turn for so long may never come out of it.
constexpr std::chrono::milliseconds stuck_after{100};

/// In standard errors; and one is never more than chance.
constexpr double beyond_chance = 3;

/// Of rare events, when so many are expected (a Poisson distribution).
bool exceeds(double seen, double expected) noexcept {
  return seen > expected + beyond_chance * std::sqrt(expected) + 1;
}

double share(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", share * 100);
  return text;
}

/// The bucket of the p99; after the last: there is none.
std::size_t p99_bucket(const trial_counts& of) noexcept {
  std::uint64_t all = 0;
  for (const auto n : of.latency) all += n;
  std::uint64_t above = all;
  std::size_t at = 0;
  while (at < of.latency.size() && (above -= of.latency[at]) * 100 > all) ++at;
  return all == 0 ? of.latency.size() : at;
}

std::string show_bound(std::size_t bucket) {
  if (bucket >= shm::latency_bounds.size()) return "any time";
  const auto us =
      std::chrono::duration_cast<std::chrono::microseconds>(shm::latency_bounds[bucket]);
  return us.count() < 1000
             ? std::to_string(us.count()) + "us"
             : show_duration(std::chrono::duration_cast<std::chrono::milliseconds>(us));
}

/// That took longer for certain: nobody knows more of a bucket than its bounds.
std::uint64_t slower_than(const trial_counts& of, nanoseconds limit) noexcept {
  std::uint64_t slow = 0;
  for (std::size_t b = 1; b < of.latency.size(); ++b) {
    if (shm::latency_bounds[b - 1] >= limit) slow += of.latency[b];
  }
  return slow;
}

std::string why_failed(const trial_counts& tried, const trial_counts& rest,
                       const trial_terms& terms) {
  const double usual = share(rest.failed, rest.answers);
  const double allowed = usual + terms.errors_percent / 100.0;
  const auto answers = static_cast<double>(tried.answers);
  if (!exceeds(static_cast<double>(tried.failed), allowed * answers)) return {};
  return std::to_string(tried.failed) + " of " + std::to_string(tried.answers) +
         " answers failed (" + percent(share(tried.failed, tried.answers)) +
         "; of those who serve: " + percent(usual) + ", budget " +
         std::to_string(terms.errors_percent) + " %)";
}

// What is still there counts as slow, as far as it is more than those who serve have in hand for as
// many answers: streams and long polls are no fault.
std::string why_slow(const trial_counts& tried, const trial_counts& rest, const trial_terms& terms,
                     unsigned workers) {
  const auto p99 = p99_bucket(rest);
  if (rest.answers < enough || p99 >= shm::latency_bounds.size()) return {};
  const auto limit = shm::latency_bounds[p99] * terms.p99_factor;
  const double usual = share(rest.unanswered, rest.answers) * static_cast<double>(tried.answers);
  const double late = std::max(static_cast<double>(tried.unanswered) - usual, 0.0);
  const double slow = static_cast<double>(slower_than(tried, limit)) + late;
  const double expected = static_cast<double>(tried.answers) / 100;
  if (!exceeds(slow - double{cold_answers} * workers, expected)) return {};
  return std::to_string(static_cast<std::uint64_t>(slow)) + " of " +
         std::to_string(tried.answers + tried.unanswered) + " answers took longer than " +
         std::to_string(terms.p99_factor) + " times the p99 of those who serve (" +
         show_bound(p99) + ")";
}

std::string why_not(const trial_counts& tried, const trial_counts& rest, const trial_terms& terms,
                    unsigned workers) {
  if (tried.suspect) return "its counts cannot be true";
  if (tried.answers == 0 && tried.unanswered > 0 && rest.answers > 0) {
    return "none of " + std::to_string(tried.unanswered) + " requests was answered";
  }
  auto why = why_failed(tried, rest, terms);
  return why.empty() ? why_slow(tried, rest, terms, workers) : why;
}

std::string show(const trial_counts& counted) {
  std::string text =
      std::to_string(counted.answers) + " answers, " + std::to_string(counted.failed) + " failed";
  if (counted.answers == 0) return text;
  return text + ", p99 within " + show_bound(p99_bucket(counted));
}

}  // namespace

void trial_counts::add(const shm::worker_tally& tally, const shm::load_slot& slot) noexcept {
  const auto told = shm::read_tally(tally);
  for (const auto what : {shm::total::answers_2xx, shm::total::answers_3xx, shm::total::answers_4xx,
                          shm::total::answers_5xx}) {
    answers += told.of(what);
  }
  failed += told.of(shm::total::answers_5xx);
  for (std::size_t b = 0; b < latency.size(); ++b) latency[b] += told.latency[b];
  const auto view = shm::read_slot(slot);
  unanswered += view.requests_in_flight;
  // What it counts is told when its turn ends, and a handler may never do so.
  if (view.requests_in_flight == 0 && view.turn_age >= stuck_after) ++unanswered;
  suspect = suspect || told.suspect || view.suspect;
}

void trial_counts::subtract(const trial_counts& other) noexcept {
  const auto take = [](std::uint64_t& from, std::uint64_t what) { from -= std::min(from, what); };
  take(answers, other.answers);
  take(failed, other.failed);
  for (std::size_t b = 0; b < latency.size(); ++b) take(latency[b], other.latency[b]);
}

trial_verdict judge(const trial_counts& tried, const trial_counts& rest, const trial_terms& terms,
                    unsigned workers) {
  trial_verdict out;
  if (auto why = why_not(tried, rest, terms, workers); !why.empty()) out.failure = "canary: " + why;
  out.told = show(tried) + "; those who serve: " + show(rest);
  if (tried.answers < enough) out.told += "; too few to say much";
  return out;
}

}  // namespace shoal::cluster
