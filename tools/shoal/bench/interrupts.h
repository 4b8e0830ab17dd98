#pragma once

#include <signal.h>

namespace shoal::bench {

/// From here to its end SIGINT, SIGTERM and SIGHUP end waits instead of the process, so that what
/// has been measured is kept. One at a time; the process has one thread that waits.
class interrupts final {
 public:
  interrupts() noexcept;
  ~interrupts();
  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

  /// Whether one has come.
  [[nodiscard]] static bool came() noexcept;

 private:
  struct sigaction before_int_{};
  struct sigaction before_term_{};
  struct sigaction before_hangup_{};
};

}  // namespace shoal::bench
