#include "base/log.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>

#include "base/utc_text.h"

namespace shoal {
namespace {

constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error",
                                                         "off"};

std::atomic<log_level> threshold{log_level::info};
std::atomic<log_sink> replacement{nullptr};
char speaker[32] = "shoal";

void write_to_stderr(log_level level, std::string_view line) {
  char head[128];
  const int bytes =
      std::snprintf(head, sizeof head, "%s %s [%s] ", show_utc(utc_milliseconds()).c_str(),
                    level_names[static_cast<std::size_t>(level)].data(), speaker);
  iovec parts[3] = {{head, static_cast<std::size_t>(bytes)},
                    {const_cast<char*>(line.data()), line.size()},
                    {const_cast<char*>("\n"), 1}};
  // A log line that cannot be written has nowhere else to go.
  [[maybe_unused]] const auto ignored = ::writev(STDERR_FILENO, parts, 3);
}

}  // namespace

void set_log_level(log_level level) noexcept { threshold.store(level, std::memory_order_relaxed); }
log_level get_log_level() noexcept { return threshold.load(std::memory_order_relaxed); }
void set_log_sink(log_sink sink) noexcept { replacement.store(sink, std::memory_order_relaxed); }

void set_log_name(std::string_view name) noexcept {
  const auto bytes = std::min(name.size(), sizeof speaker - 1);
  std::memcpy(speaker, name.data(), bytes);
  speaker[bytes] = '\0';
}

void log(log_level level, std::string_view line) {
  if (level < get_log_level() || level == log_level::off) return;
  if (const auto sink = replacement.load(std::memory_order_relaxed)) return sink(level, line);
  write_to_stderr(level, line);
}

bool parse_log_level(std::string_view text, log_level& level) noexcept {
  const auto found = std::find(level_names.begin(), level_names.end(), text);
  if (found == level_names.end()) return false;
  level = static_cast<log_level>(found - level_names.begin());
  return true;
}

}  // namespace shoal
