// A terminal that is ours for a while: its other screen, keys one by one and unseen, no cursor. It
// gets back what it had, whichever way the program ends but by SIGKILL.
#pragma once

#include <string_view>

#include "top_screen.h"

namespace shoal::tool {

/// Of stdin and stdout, which is a terminal. One at a time.
class terminal final {
 public:
  terminal() noexcept;  ///< takes it
  ~terminal();          ///< gives it back
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;

  /// Gives it back, stops the process as Ctrl-Z does, and takes it again when it goes on.
  void suspend() noexcept;

  [[nodiscard]] screen_size size() const noexcept;

  /// False: the terminal is gone.
  bool show(std::string_view frame) noexcept;

  /// What has been typed; empty: stdin is at its end.
  [[nodiscard]] static std::string_view typed(char (&buffer)[64]) noexcept;
};

}  // namespace shoal::tool
