// A line on a terminal while a load goes on, and Ctrl-C, which ends the load and keeps what there
// is.
#pragma once

#include "base/clock.h"
#include "load/live_figures.h"

namespace shoal::tool {

/// From its construction on, the first SIGINT or SIGTERM is a wish to end; a second one ends the
/// program. One in a program.
class load_watch final {
 public:
  load_watch() noexcept;
  ~load_watch();  ///< clears the line
  load_watch(const load_watch&) = delete;
  load_watch& operator=(const load_watch&) = delete;

  /// False: somebody wants to end it.
  [[nodiscard]] bool look(const load::live_sum&);

  [[nodiscard]] static bool interrupted() noexcept;

 private:
  void print(const load::live_sum&, monotonic_time now);

  const bool terminal_;
  const monotonic_time began_;
  monotonic_time printed_;
  std::uint64_t right_ = 0;  // when it was printed
};

}  // namespace shoal::tool
