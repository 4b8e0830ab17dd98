#include "bench/load_words.h"

#include "bench/metric.h"
#include "bench/number_text.h"
#include "status_text.h"

namespace shoal::bench {
namespace {

constexpr load_shape usual;

std::string rate_words(const load_shape& load) {
  if (load.share > 0) return "at " + percent_text(load.share) + " load";
  return "at " + round_text(load.rate, unit::count) + " a second";
}

std::string work_words(const load_shape& load) {
  const auto much = std::to_string(load.work_us) + " µs of work";
  if (load.work_percent == usual.work_percent) return much;
  return much + " for " + std::to_string(load.work_percent) + " % of requests";
}

}  // namespace

std::string contender_name(std::string_view name) {
  constexpr std::string_view ours = "uring";
  const bool is_ours = name == ours || name.starts_with("uring with");  // or without
  return (is_ours ? "io_" : "") + std::string(name);
}

std::string pair_name(const point& p) { return contender_name(p.a) + " : " + contender_name(p.b); }

std::string connections_text(unsigned connections) { return counted(connections, "connection"); }

std::string peculiarities(const load_shape& load) {
  std::string text;
  const auto add = [&text](const std::string& words) {
    if (!text.empty()) text += ", ";
    text += words;
  };
  if (open_loop(load)) add(rate_words(load));
  if (load.pipeline != usual.pipeline) add("pipeline " + std::to_string(load.pipeline));
  if (load.requests_each != usual.requests_each) {
    add("closed after " + counted(load.requests_each, "request"));
  }
  if (load.body_bytes != usual.body_bytes) {
    add("bodies of " + tool::format_bytes(load.body_bytes));
  }
  if (load.work_us != 0) add(work_words(load));
  return text;
}

std::string load_text(const load_shape& load) {
  const std::string more = peculiarities(load);
  return connections_text(load.connections) + (more.empty() ? "" : ", " + more);
}

bool same_load(const load_shape& one, const load_shape& other) noexcept {
  return one.connections == other.connections && same_but_connections(one, other);
}

bool same_but_connections(const load_shape& one, const load_shape& other) noexcept {
  const bool same_rate =
      one.share > 0 || other.share > 0 ? one.share == other.share : one.rate == other.rate;
  return same_rate && open_loop(one) == open_loop(other) && one.pipeline == other.pipeline &&
         one.requests_each == other.requests_each && one.body_bytes == other.body_bytes &&
         one.work_us == other.work_us && one.work_percent == other.work_percent;
}

}  // namespace shoal::bench
