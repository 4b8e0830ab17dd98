// Where a connection's packets come in, looked at now and then: what is remembered of it.
//
// The kernel handles a packet on the core that the network card's queue interrupts, and a socket
// that is served on another NUMA node has its memory on both. Packets of one connection keep to one
// queue as a rule, but a card can be told otherwise at any time, and a client may seem to wander.
// So one look proves nothing, and three in a row do. They are an odd number of requests apart, that
// a client who changes sides with every second or fourth request is not taken for one who stays.
#pragma once

#include <cstdint>

namespace shoal::http {

/// Of a NUMA node: none that matters.
inline constexpr std::uint16_t no_node = 0xFFF;

/// Four bytes of each connection.
class arrivals final {
 public:
  /// Looks in a row that make sure, the first of them at a connection's first requests.
  static constexpr unsigned sure = 3;
  /// Requests from one look to the next. A look is a system call: a few nanoseconds a request.
  static constexpr std::uint16_t stride = 61;
  /// Requests for which nobody looks at one that has come. A move costs some tens of microseconds,
  /// so who is sent on after each rest pays a tenth of one a request.
  static constexpr std::uint16_t rest = 509;

  /// Before the request after so many.
  [[nodiscard]] bool due(std::uint32_t served) const noexcept {
    return static_cast<std::uint16_t>(served) == next_;
  }

  /// What a look that was due has shown: the node, or no_node where it is the worker's own. True:
  /// it comes in there for sure.
  [[nodiscard]] bool saw(std::uint16_t node, std::uint32_t served) noexcept {
    times_ = node == no_node ? 0 : node != node_ ? 1 : times_ < sure ? times_ + 1U : sure;
    node_ = node;
    next_ = static_cast<std::uint16_t>(served + (served + 1 < sure ? 1 : stride));
    return times_ == sure;
  }

  /// It has come for its packets, after so many requests elsewhere.
  void pause(std::uint32_t served) noexcept {
    times_ = 0;
    next_ = static_cast<std::uint16_t>(served + rest);
  }

  /// It has come for some other reason.
  void begin(std::uint32_t served) noexcept { next_ = static_cast<std::uint16_t>(served); }

  [[nodiscard]] std::uint16_t node() const noexcept { return node_; }

 private:
  std::uint16_t next_ = 0;  ///< the number of requests at which to look, without its upper half
  std::uint16_t node_ : 12 = no_node;
  std::uint16_t times_ : 2 = 0;  ///< in a row, up to now
};

static_assert(sizeof(arrivals) == 4);

}  // namespace shoal::http
