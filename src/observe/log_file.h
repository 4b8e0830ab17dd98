// What log lines are written to: a file, a pipe, a terminal or a socket that stdout is. A write
// never waits, and no line is ever torn by another process's, nor by a write that was cut short.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"
#include "base/result.h"

namespace shoal::observe {

class log_file final {
 public:
  /// A closed one, which fails every write with EBADF.
  log_file() noexcept = default;

  /// Appends to `path`, which is made if it is not there; "-" is stdout. A FIFO may be without a
  /// reader: what it holds waits for one. The error names path and cure.
  [[nodiscard]] static result<log_file> open(const std::string& path);

  /// Whether open() would do it, without making a file.
  [[nodiscard]] static result<void> check(const std::string& path);

  struct written {
    std::size_t bytes = 0;  ///< from the front; the end may be in the middle of a line
    int error = 0;          ///< of the write that took no more; EAGAIN: later it may
  };

  /// Whole lines. One write(2), but pieces that fit into a pipe at once where it is one.
  written write(std::string_view lines) noexcept;

  /// What is left of the lines given last will not come: a line that was torn is ended before the
  /// next one begins.
  void give_up_rest() noexcept { torn_ = mid_line_; }

  /// To poll for room; -1 if it is closed.
  [[nodiscard]] int fd() const noexcept { return file_.get(); }

 private:
  enum class kind : unsigned char { file, pipe, socket };

  long write_once(std::string_view bytes) const noexcept;

  descriptor file_;
  kind kind_ = kind::file;
  bool mid_line_ = false;  // the last byte that was written is no line feed
  bool torn_ = false;      // and its line will not go on
};

}  // namespace shoal::observe
