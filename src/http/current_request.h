// Which request a worker has begun last in its turn, for those who say why a turn lasts long.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::http {

/// Threads: one writes, any may read. Who reads while another request begins may see some of both.
class current_request final {
 public:
  static constexpr std::uint32_t no_route = ~0U;

  /// `route`: its number in the table. Cost: two stores.
  void begins(std::uint32_t route) noexcept {
    route_.store(route, std::memory_order_relaxed);
    id_[0].store(0, std::memory_order_relaxed);
  }
  /// Its request id, as soon as somebody has asked for it; cut where it is long.
  void has_id(std::string_view id) noexcept;

  [[nodiscard]] std::uint32_t route() const noexcept {
    return route_.load(std::memory_order_relaxed);
  }
  /// Empty: nobody has asked.
  [[nodiscard]] std::string id() const;

 private:
  std::atomic<std::uint32_t> route_{no_route};
  std::array<std::atomic<std::uint64_t>, 5> id_{};  ///< its bytes, zeros behind them
};

}  // namespace shoal::http
