// Rings to file, in batches: the part of the access log's thread that has no thread in it.
#pragma once

#include <deque>
#include <memory>
#include <string_view>

#include "observe/line_ring.h"
#include "observe/log_file.h"

namespace shoal::observe {

/// Threads: one, that takes from the rings.
class log_pump final {
 public:
  /// Lifetime: the rings outlive it.
  log_pump(std::deque<line_ring>& rings, log_file file);

  enum class progress : unsigned char {
    done,    ///< the rings were empty
    blocked  ///< the file takes no more for now: poll its fd, then again
  };

  /// Until the rings are empty or the file is full. What the file refuses for another reason than
  /// that nobody reads is dropped and counted: a full disk must not hold memory.
  progress pump() noexcept;

  /// Drops what a file that takes no more has been given; for the end.
  void give_up() noexcept;

  /// From now on to this file. What the old one did not take is dropped and counted.
  void change_file(log_file file) noexcept;

  [[nodiscard]] bool rings_empty() const noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;  ///< by rings and file
  /// Why: what the file has answered in the last pump(), 0 if that was no error.
  [[nodiscard]] int reason() const noexcept { return reason_; }
  [[nodiscard]] int fd() const noexcept { return file_.fd(); }

 private:
  void take() noexcept;
  void drop_rest() noexcept;

  std::deque<line_ring>& rings_;
  log_file file_;
  const std::unique_ptr<char[]> batch_;
  std::string_view unwritten_;  // in batch_
  std::uint64_t refused_ = 0;   // lines
  int reason_ = 0;
  std::size_t first_ = 0;  // ring of the next batch; each comes first in turn
};

}  // namespace shoal::observe
