// The door through which the control plane speaks. Nothing on the request path logs.
//
// One line for each call, written with one write(2), so that the processes of a cluster can share
// stderr without mixing. The sink can be replaced before threads start (tests collect lines).
#pragma once

#include <string_view>

namespace shoal {

enum class log_level { debug, info, warning, error, off };

using log_sink = void (*)(log_level, std::string_view line);

/// Lines below this level are dropped. Default: info. Threads: any.
void set_log_level(log_level level) noexcept;
[[nodiscard]] log_level get_log_level() noexcept;

/// nullptr restores the default: "2026-11-24T09:46:54.123Z level [who] line" to stderr.
void set_log_sink(log_sink sink) noexcept;

/// Names the speaker in the default sink's lines: "supervisor", "node 0", ... At most 31 bytes.
void set_log_name(std::string_view name) noexcept;

void log(log_level level, std::string_view line);
inline void log_debug(std::string_view line) { log(log_level::debug, line); }
inline void log_info(std::string_view line) { log(log_level::info, line); }
inline void log_warning(std::string_view line) { log(log_level::warning, line); }
inline void log_error(std::string_view line) { log(log_level::error, line); }

/// "debug", "info", "warning", "error" or "off"; false for anything else.
[[nodiscard]] bool parse_log_level(std::string_view text, log_level& level) noexcept;

}  // namespace shoal
