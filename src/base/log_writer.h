// Puts the head before a line of the log: time, level, who; and writes it whole.
//
// No library does this for us. What most of them are for (registries, threads, sinks on stdio with
// its lock, files with a buffer) is what processes that fork and share stderr cannot use, and
// users' programs have one of their own, in a version of their own: docs/logs.md.
#pragma once

#include <string>
#include <string_view>

#include "base/log.h"

namespace shoal {

/// Threads: one at a time.
class log_writer final {
 public:
  /// To `fd`, which stays the caller's.
  explicit log_writer(int fd) noexcept : fd_(fd) {}

  /// `event`: a JSON object, or empty. One write(2), so that processes that share a file or a pipe
  /// do not mix; what does not go is lost.
  void write(log_format format, log_level level, std::string_view source, std::string_view said,
             std::string_view event = {});

 private:
  void write_once(const std::string& line) noexcept;

  const int fd_;
  bool torn_ = false;  // a full pipe has taken a part of the line before
};

}  // namespace shoal
