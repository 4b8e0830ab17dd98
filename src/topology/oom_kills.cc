#include "topology/oom_kills.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "topology/cgroups.h"
#include "topology/text.h"

namespace shoal::topology {
namespace {

/// Of lines "name number".
std::optional<std::uint64_t> number_of(std::string_view name, std::string_view lines) {
  while (!lines.empty()) {
    auto line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (take_word(line) == name) return parse_number<std::uint64_t>(trim(line));
  }
  return std::nullopt;
}

/// The nearest one that says it.
std::optional<std::uint64_t> look(const std::string& root, std::string_view controller,
                                  const char* file) {
  const auto directories = cgroup_directories(root, controller);
  if (!directories) return std::nullopt;
  for (const auto& directory : directories.value()) {
    const auto text = read_text_if_there(directory + "/" + file);
    if (!text || !text.value()) continue;
    if (const auto number = number_of("oom_kill", *text.value())) return number;
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t count_oom_kills(const std::string& root) {
  return look(root, {}, "memory.events").value_or(0) +
         look(root, "memory", "memory.oom_control").value_or(0);
}

}  // namespace shoal::topology
