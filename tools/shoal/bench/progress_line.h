#pragma once

#include <string>

#include "bench/schedule.h"

namespace shoal::bench {

/// "throughput, uring and epoll, 64 connections: pair 3, epoll; 71 s left at most". `now` is set.
[[nodiscard]] std::string progress_text(const progress& p);

/// One line on stderr that is written over, if that is a terminal; else nothing.
class progress_line final {
 public:
  progress_line() noexcept;
  ~progress_line();  ///< wipes it away
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void show(const progress& p) noexcept;

 private:
  const bool shows_;
};

}  // namespace shoal::bench
