// Which request a worker has begun last in its turn, for those who say why a turn lasts long.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace shoal::http {

class connection;

/// Threads: one writes, any may read. Who reads while another request begins may see some of both.
class current_request final {
 public:
  static constexpr std::uint32_t no_route = ~0U;

  /// `route`: its number in the table. `of`: whose request it is. Cost: three stores.
  void begins(std::uint32_t route, const connection* of) noexcept {
    of_ = of;
    route_.store(route, std::memory_order_relaxed);
    id_[0].store(0, std::memory_order_relaxed);
  }
  /// The request id of a request of `of`, as soon as somebody has asked for it; cut where it is
  /// long. Of another than the one that has begun last it says nothing.
  void has_id(std::string_view id, const connection* of) noexcept;

  [[nodiscard]] std::uint32_t route() const noexcept {
    return route_.load(std::memory_order_relaxed);
  }
  /// Empty: nobody has asked.
  [[nodiscard]] std::string id() const;

 private:
  const connection* of_ = nullptr;  ///< the writer's; nullptr: none has begun in this turn
  std::atomic<std::uint32_t> route_{no_route};
  std::array<std::atomic<std::uint64_t>, 5> id_{};  ///< its bytes, zeros behind them
};

}  // namespace shoal::http
