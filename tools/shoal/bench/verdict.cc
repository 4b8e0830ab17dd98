#include "bench/verdict.h"

#include <cmath>
#include <string_view>

#include "bench/load_words.h"
#include "bench/number_text.h"
#include "bench/ratio.h"

namespace shoal::bench {
namespace {

verdict judge(const estimate& ratio, double noise) noexcept {
  if (!ratio.enough()) return verdict::too_few;
  if (ratio.includes(1)) return verdict::tie;
  return std::abs(std::log(ratio.middle)) <= std::log(noise) ? verdict::noise : verdict::differ;
}

/// `who` and `whom`, with `much` between what it has and what the other has.
std::string told(metric by, const std::string& who, const std::string& much,
                 const std::string& whom) {
  switch (by) {
    case metric::requests:
      return who + " serves " + much + " the requests of " + whom + " a second";
    case metric::requests_a_cpu_second:
      return who + " serves " + much + " the requests of " + whom + " for a CPU second";
    case metric::p50:
    case metric::p99:
    case metric::p999:
      return "the " + std::string(facts_of(by).title) + " of " + who + " is " + much + " that of " +
             whom;
    case metric::server_cpu:
      return who + " takes " + much + " the CPU of " + whom + " for a request";
    case metric::machine_cpu:
      return "with " + who + " the whole machine takes " + much +
             " the CPU for a request that it takes with " + whom;
    case metric::system_calls:
      return who + " makes " + much + " the system calls of " + whom + " for a request";
    case metric::completions:
      return who + " gets " + much + " the outcomes of " + whom + " from a turn of its loop";
    case metric::switches:
      return who + " takes " + much + " the context switches of " + whom + " for a request";
    case metric::resident:
      return who + " takes " + much + " the memory of " + whom + " for a connection";
  }
  return {};
}

}  // namespace

std::optional<comparison> compare(const results& all, const point& p, metric by) {
  const auto ratio = ratio_of(p, by);
  if (!ratio) return std::nullopt;
  const double noise = noise_of(all, by, p.load);
  return comparison{by, *ratio, noise, judge(*ratio, noise)};
}

bool a_wins(const comparison& c) noexcept {
  const bool a_has_more = c.ratio.middle > 1;
  return facts_of(c.by).wins == better::less ? !a_has_more : a_has_more;
}

estimate winning_ratio(const comparison& c) noexcept {
  return a_wins(c) ? c.ratio : inverse(c.ratio);
}

std::string no_difference(const comparison& c) {
  switch (c.is) {
    case verdict::too_few:
      return counted(c.ratio.count, "pair") + (c.ratio.count == 1 ? " is" : " are") +
             " too few to tell; it takes " + std::to_string(values_min);
    case verdict::tie:
      return "no difference that this machine can show";
    case verdict::noise:
      return "smaller than what this machine shows between equals (" + percent_text(c.noise - 1) +
             ")";
    case verdict::differ:
      return "";
  }
  return "";
}

std::string sentence(const point& p, const comparison& c) {
  if (c.is != verdict::differ) {
    return std::string(facts_of(c.by).title) + ": " + no_difference(c) + " (" +
           ratio_text(c.ratio) + ")";
  }
  const std::string a = contender_name(p.a);
  const std::string b = contender_name(p.b);
  const std::string much = ratio_text(winning_ratio(c));
  return a_wins(c) ? told(c.by, a, much, b) : told(c.by, b, much, a);
}

}  // namespace shoal::bench
