#include "topology/cpu_list.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "topology/text.h"

namespace shoal::topology {
namespace {

/// "5" or "2-7", appended to `cpus`.
bool parse_range(std::string_view text, cpu_list& cpus) {
  const auto dash = text.find('-');
  const auto first = parse_number<unsigned>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : parse_number<unsigned>(text.substr(dash + 1));
  if (!first || !last || *first > *last || *last >= max_cpus) return false;
  for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
  return true;
}

}  // namespace

std::optional<cpu_list> parse_cpu_list(std::string_view text) {
  text = trim(text);
  cpu_list cpus;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (!parse_range(text.substr(0, comma), cpus)) return std::nullopt;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return std::nullopt;
  }
  std::sort(cpus.begin(), cpus.end());
  cpus.erase(std::unique(cpus.begin(), cpus.end()), cpus.end());
  return cpus;
}

std::string format_cpu_list(const cpu_list& cpus) {
  if (cpus.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < cpus.size();) {
    std::size_t last = i;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[i]);
    if (last > i) text += '-' + std::to_string(cpus[last]);
    i = last + 1;
  }
  return text;
}

cpu_list intersect(const cpu_list& a, const cpu_list& b) {
  cpu_list both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

bool contains(const cpu_list& cpus, unsigned cpu) noexcept {
  return std::binary_search(cpus.begin(), cpus.end(), cpu);
}

result<cpu_list> read_cpu_list(const std::string& path) {
  const auto text = read_text(path);
  if (!text) return text.error();
  const auto cpus = parse_cpu_list(text.value());
  if (!cpus) return not_a("list of numbers", path, text.value());
  return *cpus;
}

result<std::optional<cpu_list>> read_cpu_list_if_there(const std::string& path) {
  const auto text = read_text_if_there(path);
  if (!text) return text.error();
  if (!text.value()) return std::optional<cpu_list>();
  auto cpus = parse_cpu_list(*text.value());
  if (!cpus) return not_a("list of numbers", path, *text.value());
  return cpus;
}

}  // namespace shoal::topology
