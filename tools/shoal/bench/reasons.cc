// Why the answer is as it is: what each of the two does for a request, and what that costs here.
#include <cmath>

#include "bench/answer.h"
#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/ratio.h"
#include "bench/verdict.h"

namespace shoal::bench {
namespace {

/// One figure of both.
struct both {
  double a = 0;
  double b = 0;
};

std::optional<both> levels(const point& p, metric by) {
  const auto a = level_of(p, side::a, by);
  const auto b = level_of(p, side::b, by);
  if (!a || !b) return std::nullopt;
  return both{a->middle, b->middle};
}

std::string count(double value) { return value_text(value, unit::count); }
std::string nanoseconds_text(double ns) { return value_text(ns / 1e9, unit::seconds); }

std::string system_calls(const results& all, const point& p) {
  const auto calls = levels(p, metric::system_calls);
  if (!calls) return "";
  const std::string a = contender_name(p.a);
  const std::string b = contender_name(p.b);
  std::string text = "At " + load_text(p.load) + " " + a + " makes " + count(calls->a) +
                     " system calls a request, " + b + " " + count(calls->b) + ".";
  if (!(all.system_call_ns > 0)) return text;
  text += " One that does nothing costs " + nanoseconds_text(all.system_call_ns) + " here";
  const auto cpu = levels(p, metric::server_cpu);
  const double more = std::abs(calls->a - calls->b);
  const double more_ns = more * all.system_call_ns;
  const bool same_way = cpu && (calls->a < calls->b) == (cpu->a < cpu->b);
  const double cpu_ns = cpu ? std::abs(cpu->a - cpu->b) * 1e9 : 0;
  if (!same_way || more_ns > cpu_ns) return text + ".";
  return text + ", so the " + count(more) + " that " + (cpu->a < cpu->b ? b : a) +
         " makes more cost " + nanoseconds_text(more_ns) + " at least, of the " +
         nanoseconds_text(cpu_ns) + " of CPU that it takes more for a request.";
}

std::string turns(const point& p) {
  const auto outcomes = levels(p, metric::completions);
  if (!outcomes) return "";
  return "A turn of the loop gets " + count(outcomes->a) + " outcomes from the kernel with " +
         contender_name(p.a) + ", " + count(outcomes->b) + " with " + contender_name(p.b) +
         ": what a turn costs is shared by so many.";
}

std::string switches(const results& all, const point& p) {
  const auto each = levels(p, metric::switches);
  if (!each) return "";
  std::string text = "For a request the kernel switches threads " + count(each->a) +
                     " times with " + contender_name(p.a) + " and " + count(each->b) +
                     " times with " + contender_name(p.b);
  if (all.wake_ns > 0) {
    text += "; to wake a thread that sleeps takes " + nanoseconds_text(all.wake_ns) + " here";
  }
  return text + ".";
}

}  // namespace

std::vector<std::string> reasons(const results& all) {
  const point* const p = telling_point(all);
  if (p == nullptr) return {};
  std::vector<std::string> sentences;
  for (const std::string& each : {system_calls(all, *p), turns(*p), switches(all, *p)}) {
    if (!each.empty()) sentences.push_back(each);
  }
  return sentences;
}

}  // namespace shoal::bench
