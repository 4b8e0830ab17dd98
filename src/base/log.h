// The door through which the control plane speaks. Nothing on the request path logs.
//
// One line for each call, written with one write(2), so that the processes of a cluster can share
// stderr without mixing. Lines that repeat are summed up (base/repeated_lines.h); who waits for
// things to happen waits for next_log_sum(), too. The sink can be replaced before threads start
// (tests collect lines).
//
// Where a process forks, no other thread of it is about to log: the supervisor has one alone.
#pragma once

#include <string_view>

#include "base/clock.h"

namespace shoal {

enum class log_level { debug, info, warning, error, off };

/// text: "2026-11-24T09:46:54.123Z level [who] line". json: an object on each line, with "time",
/// "level", "source", "pid" and "message".
enum class log_format : unsigned char { text, json };

using log_sink = void (*)(log_level, std::string_view line);

/// Lines below this level are dropped. Default: info. Threads: any.
void set_log_level(log_level level) noexcept;
[[nodiscard]] log_level get_log_level() noexcept;

/// Default: text.
void set_log_format(log_format format);

/// nullptr restores the default, which is stderr. Another one gets each line as it was said.
void set_log_sink(log_sink sink) noexcept;

/// Names the speaker: "supervisor", "node 0", ... At most 31 bytes. It is another one than before,
/// so what that has held back is forgotten here: where we were forked, the parent says it.
void set_log_name(std::string_view name);

/// Nothing that a line holds can end it. `kind`: what of it is the same each time, where a number
/// or a name in it differs. Threads: any.
void log(log_level level, std::string_view line, std::string_view kind) noexcept;
inline void log(log_level level, std::string_view line) noexcept { log(level, line, line); }
inline void log_debug(std::string_view line) noexcept { log(log_level::debug, line); }
inline void log_info(std::string_view line) noexcept { log(log_level::info, line); }
inline void log_warning(std::string_view line) noexcept { log(log_level::warning, line); }
inline void log_error(std::string_view line) noexcept { log(log_level::error, line); }

/// For machines: in json, at level info, a line whose "event" is this JSON object; in text nothing,
/// since lines for people say it in their own words. None is held back.
void log_event(std::string_view line, std::string_view event) noexcept;

/// When there is a sum of repeated lines to say; never: nothing is held back. Threads: any.
[[nodiscard]] monotonic_time next_log_sum() noexcept;
/// Says those that are due by now.
void log_sums_due() noexcept;
/// All of them; at the end of a process.
void log_all_sums() noexcept;

/// "debug", "info", "warning", "error" or "off".
[[nodiscard]] std::string_view name_of(log_level level) noexcept;
/// Likewise; false for anything else.
[[nodiscard]] bool parse_log_level(std::string_view text, log_level& level) noexcept;
/// "text" or "json"; false for anything else.
[[nodiscard]] bool parse_log_format(std::string_view text, log_format& format) noexcept;

}  // namespace shoal
