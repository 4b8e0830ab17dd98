#include "base/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <mutex>
#include <string>
#include <vector>

#include "base/log_writer.h"
#include "base/repeated_lines.h"

namespace shoal {
namespace {

constexpr std::size_t longest_name = 31;
constexpr std::array<std::string_view, 5> level_names = {"debug", "info", "warning", "error",
                                                         "off"};
constexpr std::array<std::string_view, 2> format_names = {"text", "json"};

std::atomic<log_level> threshold{log_level::info};
std::atomic<log_sink> replacement{nullptr};
std::atomic<monotonic_time> next_sum{never};  // written under the lock, read by who waits for it

/// All that is behind one lock.
struct speaker {
  std::mutex lock;
  std::string name = "shoal";
  log_format format = log_format::text;
  log_writer writer{STDERR_FILENO};
  repeated_lines repeats;

  void write(log_level level, std::string_view line, std::string_view event = {}) {
    writer.write(format, level, name, line, event);
  }

  void write(const std::vector<repeated_line>& sums) {
    for (const auto& one : sums) write(one.level, show(one));
    next_sum.store(repeats.due());
  }
};

/// Never destroyed: threads may speak while the process ends.
speaker& the_speaker() {
  static auto& one = *new speaker;
  return one;
}

bool is_dropped(log_level level) noexcept {
  return level < get_log_level() || level == log_level::off;
}

/// A line that there is no memory for is lost; nobody ends for it.
template <typename Saying>
void say(Saying saying) noexcept try {
  auto& us = the_speaker();
  const std::lock_guard hold(us.lock);
  saying(us);
} catch (const std::exception&) {
}

template <typename Value, std::size_t Size>
bool parse(const std::array<std::string_view, Size>& names, std::string_view text, Value& value) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return false;
  value = static_cast<Value>(found - names.begin());
  return true;
}

}  // namespace

void set_log_level(log_level level) noexcept { threshold.store(level, std::memory_order_relaxed); }
log_level get_log_level() noexcept { return threshold.load(std::memory_order_relaxed); }
void set_log_sink(log_sink sink) noexcept { replacement.store(sink, std::memory_order_relaxed); }

void set_log_format(log_format format) {
  auto& us = the_speaker();
  const std::lock_guard hold(us.lock);
  us.format = format;
}

void set_log_name(std::string_view name) {
  auto& us = the_speaker();
  const std::lock_guard hold(us.lock);
  us.name = name.substr(0, longest_name);
  us.repeats.clear();
  next_sum.store(never);
}

void log(log_level level, std::string_view line, std::string_view kind) noexcept {
  if (is_dropped(level)) return;
  if (const auto sink = replacement.load(std::memory_order_relaxed)) return sink(level, line);
  say([&](speaker& us) {
    const auto now = read_clock();
    us.write(us.repeats.take_due(now));
    if (us.repeats.admit(level, line, kind, now)) us.write(level, line);
    next_sum.store(us.repeats.due());
  });
}

void log_event(std::string_view line, std::string_view event) noexcept {
  if (is_dropped(log_level::info) || replacement.load(std::memory_order_relaxed)) return;
  say([&](speaker& us) {
    if (us.format == log_format::json) us.write(log_level::info, line, event);
  });
}

monotonic_time next_log_sum() noexcept { return next_sum.load(); }

void log_sums_due() noexcept {
  if (next_log_sum() == never) return;
  say([](speaker& us) { us.write(us.repeats.take_due(read_clock())); });
}

void log_all_sums() noexcept {
  if (next_log_sum() == never) return;
  say([](speaker& us) { us.write(us.repeats.take_all(read_clock())); });
}

std::string_view name_of(log_level level) noexcept {
  return level_names[static_cast<std::size_t>(level)];
}

bool parse_log_level(std::string_view text, log_level& level) noexcept {
  return parse(level_names, text, level);
}

bool parse_log_format(std::string_view text, log_format& format) noexcept {
  return parse(format_names, text, format);
}

}  // namespace shoal
