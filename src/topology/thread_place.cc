#include "topology/thread_place.h"

#include <string>

#include "topology/text.h"

namespace shoal::topology {
namespace {

// Of /proc/<pid>/stat, counted from behind the name, which may hold spaces and brackets (proc(5)).
constexpr unsigned fields_before_core = 36;

std::optional<unsigned> core_of(std::string_view stat) {
  const auto bracket = stat.rfind(')');
  if (bracket == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(bracket + 1);
  for (unsigned i = 0; i < fields_before_core; ++i) static_cast<void>(take_word(stat));
  return parse_number<unsigned>(take_word(stat));
}

/// "se.nr_migrations                             :                    3"
std::optional<std::uint64_t> migrations_of(std::string_view sched) {
  const auto at = sched.find("se.nr_migrations");
  if (at == std::string_view::npos) return std::nullopt;
  auto line = sched.substr(at, sched.find('\n', at) - at);
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  return parse_number<std::uint64_t>(trim(line.substr(colon + 1)));
}

}  // namespace

thread_place parse_thread_place(std::string_view stat, std::string_view sched) {
  return {core_of(stat), migrations_of(sched)};
}

thread_place read_thread_place(pid_t thread) {
  const std::string directory = "/proc/self/task/" + std::to_string(thread);
  return parse_thread_place(read_what_is_there(directory + "/stat"),
                            read_what_is_there(directory + "/sched"));
}

}  // namespace shoal::topology
