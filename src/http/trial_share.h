// Which connections go to a process on trial: one in so many, counted as they come up. So the share
// is exact and not drawn, and who has few connections does not try on all or none by chance.
#pragma once

#include <cstdint>

namespace shoal::http {

/// Threads: one.
class trial_share final {
 public:
  /// Of 100. `head_start`: so many hundredths of the way to the first; with 100 that is the first
  /// that comes.
  void begin(unsigned percent, unsigned head_start) noexcept {
    percent_ = percent;
    credit_ = head_start * (100 - percent) / 100;
    number_ = static_cast<std::uint8_t>(number_ % most + 1);
  }

  [[nodiscard]] bool is_on() const noexcept { return percent_ > 0; }

  /// Of the trial: 1 .. 127, so that a connection knows in seven bits that it has been asked for.
  [[nodiscard]] std::uint8_t number() const noexcept { return number_; }

  /// The next one goes.
  [[nodiscard]] bool chooses() noexcept {
    credit_ += percent_;
    if (credit_ < 100) return false;
    credit_ -= 100;
    return true;
  }

 private:
  static constexpr std::uint8_t most = 127;

  unsigned percent_ = 0;
  unsigned credit_ = 0;
  std::uint8_t number_ = 0;
};

}  // namespace shoal::http
